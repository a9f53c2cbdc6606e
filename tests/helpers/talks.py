"""Conversations about notes of a village, for tests of follow-ups: each turn with its answer and the note it is in.

The search was tuned by ``TALKS``, so their ranks flatter it; ``HELD`` were written before its last form was known and
only measured then.
"""

from __future__ import annotations

from typing import NamedTuple


class Turn(NamedTuple):
    """A question with the answer that a model would give, and the file that holds it; "" where no note does."""

    question: str
    answer: str
    wanted: str


NOTES = {
    "marta-quill.md": (
        "# Marta Quill\n\nMarta Quill was born in 1954 in Penderry. She keeps the lighthouse museum and is married "
        "to Joss Quill."
    ),
    "joss-quill.md": (
        "# Joss Quill\n\nJoss Quill, born in 1951, builds clinker boats in the shed behind the chapel. His "
        "apprentice is Wren Tolland."
    ),
    "wren-tolland.md": (
        "# Wren Tolland\n\nWren Tolland came from Aldermoor in 2019. She plays the concertina and lives above the "
        "bakery."
    ),
    "bakery.md": (
        "# The Bakery\n\nThe bakery opens at five in the morning. Its oven was built by Emrys Vane in 1932 and "
        "burns beech wood."
    ),
    "emrys-vane.md": "# Emrys Vane\n\nEmrys Vane was a mason. He died in 1967 and is buried at Saint Orrin's.",
    "saint-orrin.md": (
        "# Saint Orrin's\n\nThe churchyard has 212 graves. The yew beside the gate is nine hundred years old. The "
        "bell was cast in Loughborough."
    ),
    "ferry.md": (
        "# The Ferry Pellow\n\nThe Pellow crosses the estuary six times a day. Her skipper is Dunstan Aske, and a "
        "ticket costs four pounds."
    ),
    "dunstan-aske.md": (
        "# Dunstan Aske\n\nDunstan Aske swims in the sea every morning. His daughter Ione studies geology in Leeds."
    ),
    "ione-aske.md": (
        "# Ione Aske\n\nIone Aske writes her thesis on the slate of Corvane Quarry. She comes home at Easter."
    ),
    "corvane-quarry.md": (
        "# Corvane Quarry\n\nCorvane Quarry was closed in 1988 after the flood. It is a hundred and ten metres "
        "deep, and divers train in it."
    ),
    "flood-1988.md": (
        "# The Flood of 1988\n\nThe dam broke on 3 February 1988. Nobody died, but forty sheep drowned. The mayor "
        "at the time was Hedda Lorne."
    ),
    "hedda-lorne.md": (
        "# Hedda Lorne\n\nHedda Lorne was mayor for eleven years. She later opened the toy museum and collected tin"
        " trains."
    ),
    "toy-museum.md": (
        "# Toy Museum\n\nThe toy museum shows 640 tin trains and a doll's house. Entry is free on Sundays; its "
        "curator is Basil Thrupp."
    ),
    "basil-thrupp.md": "# Basil Thrupp\n\nBasil Thrupp repairs clocks. He is allergic to cats and drives a green van.",
    "choir.md": (
        "# Village Choir\n\nThe choir rehearses on Thursdays in the school hall. Its conductor is Paloma Reyes, and"
        " it has thirty-one singers."
    ),
    "paloma-reyes.md": (
        "# Paloma Reyes\n\nPaloma Reyes grew up in Valparaíso and speaks four languages. Her violin was made by "
        "Anton Skoll."
    ),
    "anton-skoll.md": "# Anton Skoll\n\nAnton Skoll has a workshop in Bergen. He makes three instruments a year.",
    "school.md": (
        "# Village School\n\nThe school has two classrooms and a wooden floor laid in 1911. The headteacher is Orla"
        " Fenn."
    ),
    "orla-fenn.md": (
        "# Orla Fenn\n\nOrla Fenn keeps bees on the roof. She won a medal in rowing at the regatta of 1994."
    ),
    "regatta.md": (
        "# The Regatta\n\nThe regatta is held on the last Saturday of July. The first was rowed in 1889; the course"
        " is two miles long."
    ),
    "mill.md": (
        "# Gorse Mill\n\nGorse Mill grinds oats and spelt. The wheel is of larch, and the miller is Tamsin Gray."
    ),
    "tamsin-gray.md": "# Tamsin Gray\n\nTamsin Gray took the mill over from her uncle in 2006. She paints kingfishers.",
    "surgery.md": (
        "# The Surgery\n\nDoctor Ilse Brandt sees patients from nine to noon. The surgery has a defibrillator at "
        "the door."
    ),
    "ilse-brandt.md": (
        "# Ilse Brandt\n\nIlse Brandt comes from Lübeck. Her dog Nero is a Newfoundland and once pulled a child out"
        " of the harbour."
    ),
    "bootshaus.md": "# Bootshaus\n\nDas Bootshaus gehört Konrad Ziller. Es wurde 1926 aus Eichenholz gebaut.",
    "konrad-ziller.md": (
        "# Konrad Ziller\n\nKonrad Ziller ist Segelmacher und wohnt in der Lindengasse. Seine Schwester Frieda "
        "leitet die Gärtnerei."
    ),
    "frieda-ziller.md": (
        "# Frieda Ziller\n\nFrieda Ziller züchtet Dahlien. Sie hat 2015 den Preis der Gartenschau gewonnen."
    ),
}

TALKS = (
    (  # a name, then pronouns for two persons in turn
        Turn("Who is Marta Quill married to?", "Joss Quill", "marta-quill.md"),
        Turn("And where was she born?", "Penderry", "marta-quill.md"),
        Turn("What does he build?", "clinker boats", "joss-quill.md"),
        Turn("Who is his apprentice?", "Wren Tolland", "joss-quill.md"),
        Turn("Which instrument does she play?", "the concertina", "wren-tolland.md"),
    ),
    (  # an answer that names what the next question means
        Turn("Who built the oven of the bakery?", "Emrys Vane", "bakery.md"),
        Turn("When did he die?", "1967", "emrys-vane.md"),
        Turn("Where is he buried?", "at Saint Orrin's", "emrys-vane.md"),
        Turn("How many graves are there?", "212", "saint-orrin.md"),
        Turn("And the tree?", "a yew nine hundred years old", "saint-orrin.md"),
    ),
    (  # ellipsis
        Turn("Who steers the ferry?", "Dunstan Aske", "ferry.md"),
        Turn("What about his daughter?", "Ione, who studies geology in Leeds", "dunstan-aske.md"),
        Turn("What is her thesis about?", "the slate of Corvane Quarry", "ione-aske.md"),
        Turn("How deep is it?", "a hundred and ten metres", "corvane-quarry.md"),
        Turn("Since when is it closed?", "since 1988", "corvane-quarry.md"),
    ),
    (  # "the same", "at the time"
        Turn("When did the dam break?", "3 February 1988", "flood-1988.md"),
        Turn("Who was mayor at the time?", "Hedda Lorne", "flood-1988.md"),
        Turn("What did she open later?", "the toy museum", "hedda-lorne.md"),
        Turn("Who is the curator?", "Basil Thrupp", "toy-museum.md"),
        Turn("What is he allergic to?", "cats", "basil-thrupp.md"),
    ),
    (
        Turn("On which day does the choir rehearse?", "on Thursdays", "choir.md"),
        Turn("Who conducts it?", "Paloma Reyes", "choir.md"),
        Turn("Where did she grow up?", "Valparaíso", "paloma-reyes.md"),
        Turn("Who made her violin?", "Anton Skoll", "paloma-reyes.md"),
        Turn("How many does he make a year?", "three", "anton-skoll.md"),
    ),
    (
        Turn("Who is the head of the school?", "Orla Fenn", "school.md"),
        Turn("Which animals does she keep?", "bees on the roof", "orla-fenn.md"),
        Turn("And what did she win?", "a medal in rowing at the regatta of 1994", "orla-fenn.md"),
        Turn("When was the first one held?", "1889", "regatta.md"),
    ),
    (  # a change of subject in the middle
        Turn("Who is the miller of Gorse Mill?", "Tamsin Gray", "mill.md"),
        Turn("What does she paint?", "kingfishers", "tamsin-gray.md"),
        Turn("What does a ticket for the ferry cost?", "four pounds", "ferry.md"),
        Turn("How often does it cross?", "six times a day", "ferry.md"),
    ),
    (
        Turn("When does Doctor Brandt see patients?", "from nine to noon", "surgery.md"),
        Turn("Where does she come from?", "Lübeck", "ilse-brandt.md"),
        Turn("Does she have a dog?", "Nero, a Newfoundland", "ilse-brandt.md"),
        Turn("What did it do?", "it pulled a child out of the harbour", "ilse-brandt.md"),
        Turn("Who plays the concertina?", "Wren Tolland", "wren-tolland.md"),
    ),
    (  # the person of two turns ago
        Turn("Who is the skipper of the Pellow?", "Dunstan Aske", "ferry.md"),
        Turn("Where does his daughter study?", "Leeds", "dunstan-aske.md"),
        Turn("And what does he do every morning?", "he swims in the sea", "dunstan-aske.md"),
    ),
    (
        Turn("Who collected tin trains?", "Hedda Lorne", "hedda-lorne.md"),
        Turn("Is that the same person who was mayor?", "yes", "hedda-lorne.md"),
        Turn("For how long?", "eleven years", "hedda-lorne.md"),
    ),
    (
        Turn("What is the floor of the school made of?", "wood", "school.md"),
        Turn("And when was it laid?", "1911", "school.md"),
        Turn("Who is in charge there?", "Orla Fenn", "school.md"),
    ),
    (  # an answer that was not found, and a new beginning
        Turn("Who owns the hotel?", "not found", ""),
        Turn("Which wood does the bakery's oven burn?", "beech", "bakery.md"),
        Turn("Who lives above it?", "Wren Tolland", "wren-tolland.md"),
        Turn("When did she come?", "2019", "wren-tolland.md"),
    ),
    (  # German
        Turn("Wem gehört das Bootshaus?", "Konrad Ziller", "bootshaus.md"),
        Turn("Und wo wohnt er?", "in der Lindengasse", "konrad-ziller.md"),
        Turn("Wie heißt seine Schwester?", "Frieda", "konrad-ziller.md"),
        Turn("Was züchtet sie?", "Dahlien", "frieda-ziller.md"),
        Turn("Und welchen Preis hat sie gewonnen?", "den der Gartenschau", "frieda-ziller.md"),
    ),
    (
        Turn("How many singers are in the choir?", "thirty-one", "choir.md"),
        Turn("How long is the course of the regatta?", "two miles", "regatta.md"),
        Turn("When is it held?", "on the last Saturday of July", "regatta.md"),
        Turn("What does Basil Thrupp repair?", "clocks", "basil-thrupp.md"),
        Turn("What does he drive?", "a green van", "basil-thrupp.md"),
    ),
)

# Not looked at while the search was tuned.
NOTES |= {
    "farm.md": (
        "# Thornby Farm\n\nThornby Farm keeps eighty goats. The dairy was built by Rufus Lamb in 1978 and makes a "
        "blue cheese called Old Sorrow."
    ),
    "rufus-lamb.md": (
        "# Rufus Lamb\n\nRufus Lamb now lives in Hobart. He writes crime novels under the name Percy Dunn."
    ),
    "percy-dunn.md": (
        "# The Percy Dunn novels\n\nThere are nine of them. The detective is a beekeeper called Agnes Moss, and the"
        " first was printed in 1996."
    ),
    "generator-shed.md": (
        "# Farm generator\n\nThe generator of the farm runs on rape oil. It is serviced every March by Colm Reddy."
    ),
    "colm-reddy.md": (
        "# Colm Reddy\n\nColm Reddy is an electrician from Sligo. He has a wooden leg and plays the tin whistle."
    ),
    "air-taxi.md": (
        "# The air taxi\n\nThe air taxi is a float plane and lands on Loch Ewan. Its pilot is Saskia Burr; a seat "
        "costs ninety pounds."
    ),
    "saskia-burr.md": "# Saskia Burr\n\nSaskia Burr learned to fly in Alaska. Her brother Theo cooks at the Crown Inn.",
    "crown-inn.md": (
        "# Crown Inn\n\nThe Crown Inn has six rooms. Its landlady is Dorcas Whit, and the kitchen closes at nine."
    ),
    "theo-burr.md": (
        "# Theo Burr\n\nTheo Burr trained in Lyon. His best dish is rabbit with prunes, and he hates coriander."
    ),
    "dorcas-whit.md": (
        "# Dorcas Whit\n\nDorcas Whit bought the inn in 2012. Before that she was a harbour pilot in Rotterdam."
    ),
    "library.md": (
        "# Library\n\nThe library lends tools as well as books. The librarian, Ned Okafor, reads to children on "
        "Saturdays at ten."
    ),
    "ned-okafor.md": "# Ned Okafor\n\nNed Okafor restores gramophones. His wife Luz is the vet.",
    "vet.md": (
        "# Vet\n\nLuz Okafor treats animals in the old fire station. She is on call at night and drives a red jeep."
    ),
    "projekt-mohn.md": (
        "# Projekt Mohn\n\nProjekt Mohn misst das Wachstum von Mohnblumen. Die Leitung hat Greta Sommer, das Budget"
        " beträgt 12.000 Euro."
    ),
    "greta-sommer.md": "# Greta Sommer\n\nGreta Sommer hat in Jena studiert. Ihr Büro ist Zimmer 14 im Haus Eiche.",
    "haus-eiche.md": "# Haus Eiche\n\nHaus Eiche wurde 1903 gebaut und hat drei Stockwerke. Hausmeister ist Ulf Brand.",
}

HELD = (
    (
        Turn("Who built the dairy of Thornby Farm?", "Rufus Lamb", "farm.md"),
        Turn("Where does he live now?", "in Hobart", "rufus-lamb.md"),
        Turn("Under which name does he write?", "Percy Dunn", "rufus-lamb.md"),
        Turn("How many of these novels are there?", "nine", "percy-dunn.md"),
        Turn("And who is the detective?", "a beekeeper called Agnes Moss", "percy-dunn.md"),
    ),
    (
        Turn("What does the generator of the farm run on?", "rape oil", "generator-shed.md"),
        Turn("Who services it?", "Colm Reddy", "generator-shed.md"),
        Turn("Where is he from?", "Sligo", "colm-reddy.md"),
        Turn("Does he play an instrument?", "the tin whistle", "colm-reddy.md"),
        Turn("And how many goats do they keep?", "eighty", "farm.md"),
    ),
    (
        Turn("Who flies the air taxi?", "The pilot is Saskia Burr.", "air-taxi.md"),
        Turn("Where did she learn it?", "She learned to fly in Alaska.", "saskia-burr.md"),
        Turn("What does her brother do?", "Her brother Theo cooks at the Crown Inn.", "saskia-burr.md"),
        Turn("When does the kitchen close?", "It closes at nine.", "crown-inn.md"),
        Turn("What is his best dish?", "rabbit with prunes", "theo-burr.md"),
    ),
    (
        Turn("Who is the landlady of the Crown Inn?", "Dorcas Whit", "crown-inn.md"),
        Turn("What did she do before?", "she was a harbour pilot in Rotterdam", "dorcas-whit.md"),
        Turn("Is she the same person as the pilot of the air taxi?", "no, that is Saskia Burr", "air-taxi.md"),
        Turn("How much is a seat?", "ninety pounds", "air-taxi.md"),
    ),
    (
        Turn("When does the librarian read to children?", "on Saturdays at ten", "library.md"),
        Turn("What is his hobby?", "he restores gramophones", "ned-okafor.md"),
        Turn("And his wife?", "Luz, who is the vet", "ned-okafor.md"),
        Turn("What does she drive?", "a red jeep", "vet.md"),
    ),
    (
        Turn("Wer leitet das Projekt Mohn?", "Greta Sommer", "projekt-mohn.md"),
        Turn("Wie hoch ist das Budget?", "12.000 Euro", "projekt-mohn.md"),
        Turn("Wo ist ihr Büro?", "Zimmer 14 im Haus Eiche", "greta-sommer.md"),
        Turn("Wann wurde das gebaut?", "1903", "haus-eiche.md"),
        Turn("Und wer ist dort Hausmeister?", "Ulf Brand", "haus-eiche.md"),
    ),
    (
        Turn("What is the cheese of Thornby Farm called?", "Old Sorrow", "farm.md"),
        Turn("How many rooms does the Crown Inn have?", "six", "crown-inn.md"),
        Turn("Who runs it?", "Dorcas Whit", "crown-inn.md"),
        Turn("Since when?", "2012", "dorcas-whit.md"),
        Turn("What does Colm Reddy do for a living?", "he is an electrician", "colm-reddy.md"),
    ),
)
