"""Damaged MDFFs for one_verdict_test.py: good files, short and long, and what happens to files on their way."""

import itertools

LONG = 0.03  # share of files with thousands of records


def value(rng):
    return "%d.%03d" % (rng.randrange(20), rng.randrange(1000))


def day(rng, date, count, quality="A,,", updated="20240301000000"):
    return "300,%s,%s,%s,%s," % (date, ",".join(value(rng) for _ in range(count)), quality, updated)


def dates(first=1):
    """Days of the first months of 2024, in order."""
    for n in itertools.count(first):
        yield "2024%02d%02d" % (1 + (n - 1) // 28 % 12, 1 + (n - 1) % 28)


def channel(nmi, suffix, minutes, uom="kWh"):
    return "200,%s,E1B1,1,%s,N1,METSER123,%s,%d,20300101" % (nmi, suffix, uom, minutes)


def nmi_of(n):
    return "4%09d" % n


def read(nmi, n, reason=""):
    return ("250,%s,11,01,11,11,METSER%d,E,00100,20240101000000,A,%s,,00123,20240401000000,A,,,1.5,kWh,20240701,20240402000000,"
            % (nmi, n, reason))


EVENT_TAILS = ("A,,", "S52,76,", "F52,71,", "E52,,", "N,,", "S14,0,because")


def events(rng, count, runs):
    """400s that cover a day of `count` intervals in about `runs` runs."""
    cuts = sorted(rng.sample(range(1, count), min(runs, count) - 1)) + [count]
    lines, start = [], 1
    for cut in cuts:
        lines.append("400,%d,%d,%s" % (start, cut, rng.choice(EVENT_TAILS[:4])))
        start = cut + 1
    return lines


def b2b(rng):
    return "500,%s,S%05d,20240105000000,%s" % (rng.choice("AOSTG"), rng.randrange(100000), value(rng))


def nem12(rng, lines):
    return ["100,NEM12,202403010000,MDA1,Ret1"] + lines + ["900"]


def nem13(rng, lines):
    return ["100,NEM13,202404030000,MDA1,Ret1"] + lines + ["900"]


def short_interval(rng):
    lines = []
    for n in range(rng.randrange(1, 4)):
        minutes = rng.choice((30, 30, 15, 5))
        lines.append(channel(nmi_of(n), rng.choice(("E1", "B1")), minutes))
        for date in itertools.islice(dates(rng.randrange(1, 60)), rng.randrange(1, 5)):
            count = 1440 // minutes
            has_events = rng.random() < 0.3
            lines.append(day(rng, date, count, "V,," if has_events else rng.choice(("A,,", "A,,", "S52,76,", "E52,,"))))
            if has_events:
                lines += events(rng, count, rng.randrange(1, 6))
            lines += [b2b(rng) for _ in range(rng.choice((0, 0, 0, 1, 2)))]
    return nem12(rng, lines)


def short_reads(rng):
    lines = []
    for n in range(rng.randrange(1, 6)):
        lines.append(read(nmi_of(n), n))
        lines += ["550,N,,A,"] * rng.choice((0, 1, 1, 2))
    return nem13(rng, lines)


def long_reads(rng):
    """Around the size of a batch of parsed rows, a 550 or more for each 250; or thousands of 550s under a few."""
    if rng.random() < 0.3:
        lines = []
        for n in range(3):
            lines += [read(nmi_of(n), n)] + ["550,N,ORDER%06d,A,ORDER%06d" % (i, i) for i in range(rng.choice((500, 1500, 3000)))]
        return nem13(rng, lines)
    lines = []
    reason = rng.choice(("", "", "5"))
    for n in range(rng.choice((1500, 2818, 2819, 2820, 2821, 4200, 5639))):
        lines.append(read(nmi_of(n % 700), n, reason))
        lines += ["550,N,,A,"] * rng.choice((1, 1, 1, 0, 2))
    return nem13(rng, lines)


def long_events(rng):
    """Days that change their quality in every interval."""
    minutes = rng.choice((5, 5, 15))
    lines = [channel(nmi_of(1), "E1", minutes)]
    for date in itertools.islice(dates(), rng.randrange(8, 25)):
        lines.append(day(rng, date, 1440 // minutes, "V,,"))
        lines += events(rng, 1440 // minutes, 1440 // minutes)
    return nem12(rng, lines)


def long_b2b(rng):
    lines = []
    for n in range(3):
        lines.append(channel(nmi_of(n), "E1", 30))
        for date in itertools.islice(dates(), 40):
            lines.append(day(rng, date, 48))
            lines += [b2b(rng) for _ in range(rng.choice((0, 10, 60)))]
    return nem12(rng, lines)


def long_warnings(rng):
    """A warning or more for each of thousands of records."""
    if rng.random() < 0.5:
        return [line + ",," if line[:3] == "550" else line for line in long_reads(rng)]
    lines = long_events(rng) if rng.random() < 0.5 else long_b2b(rng)
    return [line + ",," if line[:3] in ("400", "500") else line for line in lines]


def long_days(rng):
    """Many channels and days, the last of them across several batches."""
    lines = []
    for n in range(rng.choice((60, 150))):
        lines.append(channel(nmi_of(n), "E1", 30))
        lines += [day(rng, date, 48, updated=rng.choice(("20240301000000", ""))) for date in itertools.islice(dates(), 20)]
    return nem12(rng, lines)


SHORT_FILES = (short_interval, short_interval, short_reads)
LONG_FILES = (long_reads, long_events, long_b2b, long_warnings, long_warnings, long_days)

# Damage to lines: each takes the lines, as bytes without their ends, and a place, and changes them.


def indicator(rng, lines, at):
    """A record indicator with one damaged character, or something in front of it."""
    line = lines[at]
    kind = rng.randrange(8)
    if kind == 0:
        lines[at] = line.replace(b"0", b"O", rng.choice((1, 2)))
    elif kind == 1:
        position = rng.randrange(min(3, len(line)) or 1)
        lines[at] = line[:position] + bytes([rng.choice(b"Oplo;,. x2345679")]) + line[position + 1:]
    elif kind == 2:
        lines[at] = rng.choice((b"\xc2\xa0", b"\xa0", b" ", b"\t", b"\xef\xbb\xbf", b"'", b'"', b"0", b"\0", b"\xe2\x80\x8b")) + line
    elif kind == 3:
        lines[at] = line.replace(b",", b";", rng.choice((1, 1, -1)))
    elif kind == 4:
        lines[at] = line[:2] + line[3:]
    elif kind == 5:
        lines[at] = line[:3] + rng.choice((b"0", b".0", b" ", b"\xc2\xa0", b".")) + line[3:]
    elif kind == 6:
        lines[at] = rng.choice((b"600", b"799", b"800", b"250", b"200", b"300", b"400", b"500", b"550", b"100", b"900", b"999")) + line[3:]
    else:
        lines[at] = b'"' + line.replace(b",", b'","') + b'"'


def merge(rng, lines, at):
    if at + 1 < len(lines):
        lines[at:at + 2] = [lines[at] + rng.choice((b"", b"", b",", b"\r", b" ")) + lines[at + 1]]


def split(rng, lines, at):
    cut = rng.randrange(len(lines[at]) + 1)
    lines[at:at + 1] = [lines[at][:cut], lines[at][cut:]]


def duplicate(rng, lines, at):
    lines.insert(rng.choice((at, at, rng.randrange(len(lines) + 1))), lines[at])


def drop(rng, lines, at):
    del lines[at:at + rng.choice((1, 1, 1, 2, 10))]


def swap(rng, lines, at):
    other = rng.choice((min(at + 1, len(lines) - 1), rng.randrange(len(lines))))
    lines[at], lines[other] = lines[other], lines[at]


def change_field(rng, lines, at):
    """A count, date, quality or anything else in place of a field."""
    fields = lines[at].split(b",")
    kind = rng.randrange(4)
    if kind == 0:
        del fields[rng.randrange(len(fields))]
    elif kind == 1:
        fields.insert(rng.randrange(len(fields) + 1), rng.choice((b"", b"1.5", b"A")))
    else:
        # Near both ends of a record is where its meaning is.
        place = rng.choice((rng.randrange(len(fields)), rng.randrange(min(8, len(fields))), len(fields) - 1 - rng.randrange(min(6, len(fields)))))
        fields[place] = rng.choice((
            b"", b"0", b"-1", b"1e9", b"+1", b"1,5", b"0.00000001", b"0.00280000000000", b"9" * 18, b"9" * 30, b"-0", b"kWh", b"MWH", b"A", b"V", b"N",
            b"E", b"S52", b"F14", b"S99", b"77", b"999", b"99991231", b"20240230", b"20240115", b"1/01/2024", b"20240101", b"19891231",
            b"20240301000000", b"202403010000", b"300", b"1", b"5", b"15", b"30", b"48", b"49", b"288", b"4001234567", b"40012345678", b"E1", b"Q1",
            b"X" * 300, b"\xc3\x91andu", b"\xff", b"\0", b" ", b'"', b'"a,b"'))
    lines[at] = b",".join(fields)


def no_end(rng, lines, at):
    lines[:] = [line for line in lines if line[:3] != b"900"]


def stray(rng, lines, at):
    lines.insert(at, rng.choice((b"", b",", b",,,,", b"900", b"100,NEM12,202403010000,MDA1,Ret1", b"100,NEM13,202403010000,MDA1,Ret1", b" ", b"<html>",
                                 b"\xef\xbb\xbf200,4001234567,E1,1,E1,N1,M,kWh,30,", b"NMI,Date,Value", b"# comment", b"300", b"400,", b"2" * 30000)))


LINE_DAMAGE = (indicator, indicator, indicator, merge, split, duplicate, drop, swap, change_field, change_field, change_field, no_end, stray)

# Damage to the bytes of the whole file.


def noise(rng, content):
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(content) + 1)
        kind = rng.randrange(3)
        if kind == 0 and at < len(content):
            content[at] = rng.randrange(256)
        elif kind == 1:
            del content[at:at + rng.choice((1, 2, 10, 400))]
        else:
            content[at:at] = rng.choice((b",", b"\r\n", b"\n", b"\r", b"\0", b"-", b".", b"\xff", b"1" * 20000, b"\xef\xbb\xbf", b";"))
    return bytes(content)


def truncate(rng, content):
    return content[:rng.randrange(len(content) + 1)]


def rewrap(rng, content):
    return content.replace(b"\r\n", rng.choice((b"\n", b"\r", b"\r\n\r\n", b"\r\r\n", b" \r\n", b"\n\r")))


def encode(rng, content):
    kind = rng.randrange(6)
    if kind == 0:
        return b"\xef\xbb\xbf" + content
    if kind == 1:
        return b"\xff\xfe" + content.decode("latin-1").encode("utf-16-le")
    if kind == 2:
        return content.replace(b",", b";")
    if kind == 3:
        return content.replace(b",", b"\t")
    if kind == 4:
        return content.lower()
    return rng.choice((b"\r\n", b"\0", b" ", b"<?xml version='1.0'?>", b"{", b"sep=,\r\n")) + content


FILE_DAMAGE = (noise, noise, truncate, rewrap, encode)


def to_bytes(lines):
    return b"".join(line + b"\r\n" for line in lines)


def damage(rng, lines, other):
    """One damaged file, made of good ones; now and then a good one."""
    if rng.random() < 0.02:
        return to_bytes(lines)
    lines = list(lines)
    if rng.random() < 0.9:
        for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
            if lines:
                # The first and last records are few, and much hangs on them.
                at = rng.choice((0, len(lines) - 1) + (rng.randrange(len(lines)),) * 6)
                rng.choice(LINE_DAMAGE)(rng, lines, at)
    content = to_bytes(lines)
    if rng.random() < 0.25:
        content = rng.choice(FILE_DAMAGE)(rng, content)
    if rng.random() < 0.05:
        content += rng.choice((content, to_bytes(other)))
    return content


def damaged_files(rng, count):
    """`count` damaged files, the long ones made of a few long originals."""

    def some(makers, n):
        return [[line.encode() for line in rng.choice(makers)(rng)] for _ in range(n)]

    shorts, longs = some(SHORT_FILES, 20), some(LONG_FILES, 2)
    for n in range(count):
        # The first few of a batch are certainly long: a batch may be the whole run.
        is_long = n < count * LONG
        yield damage(rng, rng.choice(longs if is_long else shorts), rng.choice(shorts))
