"""From products to a copy of their tagger. One test runs this file in an empty folder, another type-checks it."""

from tagger import Tagger, make_product

settings = {"encoder": {"plugin": "acme-pairs"}, "taggers": {"pairs": {"enabled": False}}}
rows = [{"title": f"{kind} no {n}", "tags": [kind]} for n in range(15) for kind in ("mug", "lamp", "vase")]
shop = Tagger.create("shop", rows, settings=settings).fit()
answers = shop.suggest_many((f"mug no {n}" for n in range(1000)), limit=1)
print(sum(answer[0].tag == "mug" for answer in answers))
print(shop.explain("vase no 99")[0].evidence.spans[0].text)
print(shop.evaluate([{"title": "lamp no 99", "tags": ["lamp"]}]).systems["fused"]["micro_f1"])
decision = shop.decide("add", make_product("mug no 99"), "gift", by="Ann")
print(sorted(shop.suggest("mug no 99").accepted))
shop.undo(decision.number, by="Ann")
print(sorted(shop.suggest("mug no 99").accepted))
print(shop.export("all.csv").products)
copy = Tagger.from_pretrained(shop.save_pretrained("saved"), folder="copy", settings=settings)
print(abs(copy.suggest("vase")[0].probability - shop.suggest("vase")[0].probability) < 1e-9)
