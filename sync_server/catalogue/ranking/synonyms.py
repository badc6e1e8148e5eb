"""Synonyms: further forms of names, with other words for the same thing."""

from collections.abc import Iterator, Sequence

from sync_server.catalogue.words import normalize_words

# Each line: words as the catalogue's names have them = other words for them. A form of the name
# has the others instead. British and American words, and shorter or everyday ones.
_FOODS = """
eggplant = aubergine
zucchini = courgette
squash summer zucchini = zucchini, courgette
arugula = rocket
catsup = ketchup, tomato ketchup
shrimp = prawn
crustaceans shrimp = shrimp, prawn
nonfat = skim, skimmed, fat free
lowfat = low fat, semi skimmed
low fat = lowfat
reduced fat = semi skimmed
ground = minced, mince
beef ground = hamburger meat, mince, minced meat
beets = beetroot
rutabagas = swede
corn sweet = corn, sweetcorn, maize
onions spring or scallions = spring onion, scallion, green onion
peppers sweet = bell pepper, pepper, capsicum
peppers hot chili = chili pepper, chilli
cereals oats = oatmeal, porridge, rolled oats
cereals ready to eat = cereal, breakfast cereal
yogurt = yoghurt
carbonated beverage cola = cola, coke
beverages carbonated = soda, soft drink, fizzy drink
potatoes french fried = french fries, fries
snacks potato chips = potato chips, crisps
snacks tortilla chips = tortilla chips, nachos
cookies = biscuits
jams and preserves = jam
sugars powdered = powdered sugar, icing sugar, confectioners sugar
sugars granulated = white sugar, table sugar
sugars brown = brown sugar
molasses = treacle
papayas = pawpaw
lima beans = butter beans
broadbeans fava beans = fava beans, broad beans
beans snap green = green beans, string beans, french beans
beans navy = haricot beans
beans baked = baked beans
chickpeas garbanzo beans bengal gram = chickpeas, garbanzos
frankfurter = hot dog
cream fluid heavy whipping = heavy cream, double cream, whipping cream
cream sour = sour cream
lettuce cos or romaine = romaine lettuce, cos lettuce
seaweed laver = nori
mollusks squid = squid, calamari
wheat flour white all purpose = all purpose flour, plain flour, white flour
cornstarch = corn starch, corn flour
leavening agents baking soda = baking soda, bicarbonate of soda
leavening agents baking powder = baking powder
leavening agents yeast = yeast
oil canola = canola oil, rapeseed oil
oil soybean = soybean oil, soya oil
soybeans = soya beans
soy sauce made from soy and wheat = soy sauce
raisins = sultanas
tea black brewed = tea, black tea
tea green brewed = green tea
beverages coffee brewed = coffee
alcoholic beverage beer regular = beer
alcoholic beverage wine table = wine
alcoholic beverage distilled all = spirits, liquor, vodka, gin, rum, whiskey
fish salmon = salmon
water tap = water
salad dressing = dressing
salad dressing mayonnaise = mayonnaise, mayo
candies milk chocolate = milk chocolate
chocolate dark = dark chocolate
ice creams = ice cream
pork cured bacon = bacon
pork cured ham = ham
beef tenderloin = fillet steak, filet mignon
beef top sirloin = sirloin steak
beef rib eye = ribeye steak
tenderloin = fillet
chicken broilers or fryers = chicken
chicken broiler or fryers = chicken
chicken broiler or fryers breast = chicken fillet
doughnuts = donuts
pasta dry = noodles, macaroni, penne, spaghetti
kiwifruit = kiwi
tangerines mandarin oranges = mandarins, clementines, satsumas
melons cantaloupe = cantaloupe, melon
melons honeydew = honeydew melon
plantains = cooking bananas
cabbage chinese pak choi = pak choi, bok choy
cheese cottage = cottage cheese, quark
nuts = nut
seeds = seed
peanuts = groundnuts
egg whole cooked scrambled = scrambled eggs
egg whole cooked hard boiled = boiled egg
egg whole cooked fried = fried egg
beverages protein powder whey based = whey protein, protein powder, protein shake
snacks granola bars = granola bar, cereal bar, muesli bar
pancakes plain = pancakes
"""
_EXERCISES = """
overhead press = ohp
military press = overhead press, ohp, strict press
romanian deadlift = rdl
stiff legged = stiff leg, sldl
dumbbell = db
barbell = bb
kettlebell = kb
pulldown = pull down
pushdown = press down, push down
flyes = fly, flys
skullcrusher = skull crusher
lateral raise = lat raise, side raise
crossover = cross over, fly
hyperextensions = back extension
ab roller = ab wheel, rollout
rope jumping = jump rope, skipping rope, skipping
rowing stationary = rowing machine, rower, erg
bicycling stationary = stationary bike, exercise bike
bicycling = cycling, biking
running treadmill = treadmill running, jogging
thigh abductor = hip abduction
thigh adductor = hip adduction
side bridge = side plank
bodyweight = bw, air
one arm = single arm
one leg = single leg
narrow = close
close grip = narrow grip
wide grip = wide
butt lift = hip raise
rear delt = reverse
push up = press up
pushups = press ups
muscle up = mu
"""


def _parse(text: str) -> dict[str, list[tuple[list[str], list[str]]]]:
    rules: dict[str, list[tuple[list[str], list[str]]]] = {}
    for line in text.strip().splitlines():
        words, _, others = line.partition("=")
        sequence = normalize_words(words).split()
        for other in others.split(","):
            rules.setdefault(sequence[0], []).append((sequence, normalize_words(other).split()))
    return rules


_RULES = {"foods": _parse(_FOODS), "exercises": _parse(_EXERCISES)}


def synonymous(kind: str, parts: Sequence[Sequence[str]]) -> Iterator[list[list[str]]]:
    """Parts of a name with one sequence of words replaced by another of the same meaning.

    A sequence may extend over several parts; its replacement is in the first of them.
    """
    positions = [(number, word) for number, part in enumerate(parts) for word in part]
    rules = _RULES[kind]
    for start, (first, word) in enumerate(positions):
        for sequence, other in rules.get(word, ()):
            end = start + len(sequence)
            if [word for _, word in positions[start:end]] == sequence:
                replaced = positions[:start] + [(first, word) for word in other] + positions[end:]
                yield _grouped(replaced)


def _grouped(positions: Sequence[tuple[int, str]]) -> list[list[str]]:
    parts: dict[int, list[str]] = {}
    for number, word in positions:
        parts.setdefault(number, []).append(word)
    return [parts[number] for number in sorted(parts)]
