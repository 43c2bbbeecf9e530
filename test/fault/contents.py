"""The files of a fault run, made from a seed: NEM12 with 400s and 500s, NEM13 with 550s, the same days again with newer and
older file creation dates, the same bytes again under another name, malformed ones, zips, aseXML messages. All of them fight for the days of a
few channels."""

import datetime
import gzip
import hashlib
import io
import pathlib
import random
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))

import messages # noqa: E402

NMIS = 14
FIRST_DAY = datetime.date(2024, 2, 26)
DAYS = 40


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Delivery:
    """One file as it is dropped. `good` and `bad`: contents (sha256: bytes) that have to be loaded, or refused."""

    def __init__(self, name, data, good=(), bad=()):
        self.name, self.data, self.sha = name, data, sha256(data)
        self.good = {sha256(content): content for content in good}
        self.bad = {sha256(content): content for content in bad}


def quality(dice):
    return dice.choice(["A,,", "A,,", "A,,", "S14,76,", "F14,0,Meter exchanged", "E52,,"])


def nmi(number):
    return f"4007{number:06d}"


def stamp(dice, spread):
    """A creation or update time; a small spread makes equal ones likely."""
    return (datetime.datetime(2024, 6, 1) + datetime.timedelta(minutes=dice.randrange(spread))).strftime("%Y%m%d%H%M")


def nem12(dice, channels=None, days=None):
    created = stamp(dice, 2000)
    lines = [f"100,NEM12,{created},MDA1,Ret1"]
    for _ in range(channels or dice.randint(1, 4)):
        meter, suffix, minutes = dice.randrange(NMIS), dice.choice(["E1", "B1"]), dice.choice([15, 30, 30])
        count = 1440 // minutes
        lines.append(f"200,{nmi(meter)},E1B1,{suffix},{suffix},N1,S{meter}{dice.choice('AB')},kWh,{minutes},20241001")
        first = dice.randrange(DAYS)
        for day in range(first, min(DAYS, first + (days or dice.randint(1, 12)))):
            date = FIRST_DAY + datetime.timedelta(day)
            values = ",".join(str(dice.randrange(4000) / 1000) for _ in range(count))
            variable = dice.random() < 0.2
            lines.append(f"300,{date:%Y%m%d},{values},{'V,,' if variable else quality(dice)},{stamp(dice, 4)}00,")
            if variable:
                middle = dice.randint(1, count - 1)
                lines.append(f"400,1,{middle},A,,")
                lines.append(f"400,{middle + 1},{count},F14,76,")
            if dice.random() < 0.15:
                order, index = dice.randrange(10 ** 6), dice.randrange(10 ** 6)
                lines.append(f"500,{dice.choice('NS')},SO{order},{date:%Y%m%d}081500,{index}.5")
    lines.append("900")
    return "".join(line + "\r\n" for line in lines).encode()


def nem13(dice):
    created = stamp(dice, 2000)
    lines = [f"100,NEM13,{created},MDA1,Ret1"]
    for _ in range(dice.randint(1, 5)):
        meter, month = dice.randrange(NMIS), dice.randint(1, 5)
        read = dice.randrange(10 ** 5)
        used = dice.randrange(10 ** 4)
        lines.append(f"250,{nmi(meter)},11,01,11,11,S{meter},E,{read:06d},2024{month:02d}01103230,A,,,{read + used:06d},"
                     f"2024{month + 1:02d}01100333,A,,,{used},kWh,20241001,{stamp(dice, 4)}00,")
        for _ in range(dice.choice([0, 0, 1, 2])):
            lines.append(f"550,N,,{dice.choice('NO')},SO{dice.randrange(10 ** 6)}")
    lines.append("900")
    return "".join(line + "\r\n" for line in lines).encode()


def malformed(dice):
    """A file with one error that is an error in both dialects."""
    lines = nem12(dice).decode().split("\r\n")
    days = [at for at, line in enumerate(lines) if line.startswith("300")]
    at = dice.choice(days)
    fields = lines[at].split(",")
    way = dice.randrange(4)
    if way == 0:
        fields[2 + dice.randrange(20)] = "x1.5"
    elif way == 1:
        del fields[5]
    elif way == 2:
        fields[1] = "20241341"
    else:
        fields[-5] = "Q"
    lines[at] = ",".join(fields)
    return "\r\n".join(lines).encode()


def zip_of(members, dice):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(members):
            archive.writestr(zipfile.ZipInfo(f"m{number}-{dice.randrange(10 ** 9)}.csv"), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def message_of(members, dice):
    written = dice.choice([messages.as_text, messages.as_cdata, messages.as_references])
    return messages.message(f"M{dice.randrange(10 ** 9)}", members, written, dice.choice(["UTF-8", "UTF-8", "UTF-16"]))


class Maker:
    """Deliveries without end, the same ones for the same seed."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.made = [] # good contents so far
        self.count = 0

    def good(self):
        data = nem13(self.dice) if self.dice.random() < 0.2 else nem12(self.dice)
        self.made.append(data)
        return data

    def name(self, kind, extension="csv"):
        self.count += 1
        return f"{self.count:05d}-{kind}.{extension}"

    def next(self):
        fate = self.dice.random()
        if fate < 0.10:
            data = malformed(self.dice)
            return Delivery(self.name("malformed"), data, bad=[data])
        if fate < 0.20 and self.made: # the very same bytes again
            data = self.dice.choice(self.made)
            return Delivery(self.name("again"), data, good=[data])
        if fate < 0.32:
            good, bad = self.several()
            data = zip_of(good + bad, self.dice)
            return Delivery(self.name("zip", "zip"), data, good=good, bad=bad)
        if fate < 0.42:
            return self.message()
        data = self.good()
        return Delivery(self.name("good"), data, good=[data])

    def several(self):
        """Good contents, now and then one that was sent before, and bad ones."""
        good = [self.good() for _ in range(self.dice.randint(1, 3))]
        bad = [malformed(self.dice)] if self.dice.random() < 0.25 else []
        if self.dice.random() < 0.3:
            good.append(self.dice.choice(self.made))
        return good, bad

    def message(self):
        """As it is, gzipped, in a zip, or cut in the middle: then all of it is refused."""
        good, bad = self.several()
        data = message_of(good + bad, self.dice)
        way = self.dice.randrange(5)
        if way == 0:
            data = data[:self.dice.randrange(400, len(data) - 4)] # some of the last tag too, whatever the encoding
            return Delivery(self.name("cut", "xml"), data, bad=[data])
        if way == 1:
            return Delivery(self.name("message", "xml.gz"), gzip.compress(data), good=good, bad=bad)
        if way == 2:
            return Delivery(self.name("message", "zip"), zip_of([data], self.dice), good=good, bad=bad)
        return Delivery(self.name("message", "xml"), data, good=good, bad=bad)

    def large(self):
        """A file that takes some chunks."""
        data = nem12(self.dice, channels=12, days=20)
        self.made.append(data)
        return Delivery(self.name("large"), data, good=[data])
