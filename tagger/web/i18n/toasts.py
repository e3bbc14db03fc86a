"""Some messages come from Gradio's own script, in English only: where the page is Chinese, they are said in Chinese.

The script cannot be told to, so the page watches for its messages. What a message quotes stays text.
"""

IN_CHINESE = r"""
const chinese = [
    [/^File\(s\) exceed the maximum allowed size of ([^:]+): (.*)$/s, '文件太大，超过 $1：$2'],
    [/^Queue is full.*$/s, '排队的请求太多，请稍后再试。'],
    [/^.*\bbusy\b.*$/s, '服务器正忙，请稍后再试。'],
    [/^.*\b(connection|errored|network|fetch)\b.*$/is, '与服务器的连接中断了。'],
];
const said = text => {
    if (!document.documentElement.lang.startsWith('zh')) return text;
    const [pattern, line] = chinese.find(([pattern]) => pattern.test(text)) ?? [];
    return pattern ? text.replace(pattern, line) : text;
};
new MutationObserver(() => {
    for (const message of document.querySelectorAll('[data-testid=toast-text]:not([data-said])')) {
        message.dataset.said = '';
        message.textContent = said(message.textContent);
    }
}).observe(document.body, {childList: true, subtree: true});
"""
