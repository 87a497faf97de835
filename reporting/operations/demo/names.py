"""Names that nobody has: surnames are words for samples, tests and examples, plain ones and ones that are hard on software."""

from casework.formats import names
from casework.models import Person

SURNAMES = """
Testerley Fictonby Sampleworth Mockridge Placeholdham Draftwell Dummerton Pretendley Exampleby Specimenson Protoforth
Trialby Notrealby Inventham Imaginey Fableton Storyman Storeyford Makebelieve Figmentson Phantomley Fauxley Shamworth
Mockingham Testington Testwright Samplesmith Examplar Patternby Templateman Stencilworth Modelby Mannequin Dummyman
Dummett-Test Placeham Fillerby Fillingham-Test Blankley Blankenship-Test Nullworth Voidley Emptyby Nobodyson Noneby
Anonby Incogniton Pseudonby Aliasworth Maskerby Fictor Fictwell Novelby Chapterman Plotworth Paragraphson Sketchley-Test
Outlineby Rehearsley Practiceby Drillworth Trialham Pilotby Betaman Alphaworth Gammaby Deltaforth Epsilonby Zetaham
Loremby Ipsumworth Dolorsit Ametson Foobarley Bazworth Quuxham Acmeson Widgetby Gadgetson Thingamy Whatsitby
Hypotheton Theoryman Conjecturby Supposeworth Assumpton Notionby Conceptley Demoworth Demonstratt Showcaseby Mockupson
""".split()
HARD = (
    """
O'Sample O'Testigan O'Mockery O'Pretend O'Fiction D'Exemple McFiction McSample McTesty McDraft Macfable Mac-an-Test
Exemplé Voorbeeldstra Prøvesen Näidisson Örnekoğlu Przykładny Vzorný Próbáth Señuelo Muñecón Ficçãozinha Beispielmüller
al-Mithali El-Namouthaj Ap-Enghraifft
""".split()
    + [
        "de Testa",
        "de la Muestra",
        "da Amostra",
        "van Voorbeeld",
        "von Beispiel",
        "de Souza-Sample",
        "St Example",
        "Test Fictionby",
    ]
)
FORENAMES = """
Adam Alan Andrew Anthony Barry Ben Bradley Brian Callum Carl Charlie Christopher Colin Connor Craig Daniel Darren David
Dean Dennis Derek Dylan Edward Eric Ethan Frank Gareth Gary George Glen Graham Harry Ian Jack Jake James Jamie Jason
Jordan Joseph Joshua Karl Keith Kenneth Kevin Kieran Kyle Lee Leon Lewis Liam Luke Mark Martin Matthew Michael Nathan
Neil Nicholas Owen Patrick Paul Peter Philip Raymond Reece Richard Robert Ronald Ryan Scott Sean Simon Stephen Stuart
Terence Thomas Timothy Tony Trevor Tyler Wayne William
Seán Ciarán Éamon José André Zoë-Ray Jean-Paul Łukasz Tomáš Mehmet Yusuf Abdul-Rahman D'Andre Kofi Chidi Rhys Iolo
""".split()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A share of 100 each, by the codes that prisons use.
ETHNICITIES = {
    "W1": 78,
    "W2": 3,
    "W3": 2,
    "W9": 4,
    "M1": 3,
    "M9": 1,
    "A2": 2,
    "A9": 1,
    "B1": 2,
    "B2": 2,
    "O2": 1,
    "NS": 1,
}


def person(world, day):
    """Somebody new who is received on ``day``, an adult by then."""
    rng = world.rng
    surname = rng.choice(HARD if world.chance(0.12) else SURNAMES)
    if world.chance(0.04) and "-" not in surname and " " not in surname:
        surname = f"{surname}-{rng.choice(SURNAMES[:40])}"
    forenames = rng.choice(FORENAMES)
    if world.chance(0.3):
        forenames += f" {rng.choice(FORENAMES)}"
    years = min(78, 18 + int(rng.gammavariate(2.6, 7)))
    born = day.replace(year=day.year - years, day=1).replace(month=rng.randint(1, 12), day=rng.randint(1, 28))
    if (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) < 18:
        born = born.replace(year=born.year - 1)
    shown = {
        "surname": surname,
        "forenames": forenames,
        "date_of_birth": born,
        "sex": Person.Sex.MALE,
        "ethnicity": rng.choices(list(ETHNICITIES), ETHNICITIES.values())[0],
    }
    return world.add(
        Person,
        number=number(world),
        **names.keys(surname, forenames),
        prison_ids=[world.prison.pk],
        roll_values={**shown, "date_of_birth": born.isoformat(), "sex": str(Person.Sex.MALE)},
        **shown,
    )


def number(world):
    """A prison number with a test suffix that nobody else has here."""
    while True:
        drawn = f"A{world.rng.randrange(10000):04d}A{world.rng.choice(LETTERS)}"
        if drawn not in world.numbers:
            world.numbers.add(drawn)
            return drawn
