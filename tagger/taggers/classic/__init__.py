"""The taggers of the textbooks: keywords, naive Bayes, a support vector machine, and trees."""
