#!/usr/bin/env python3
"""Versions, as-of, changes, gaps, completeness, index checks, export and retention against a plain model of the store.

Sessions side by side load files in any order, merge at any moment, commit or roll back; snapshots are taken meanwhile. After each
step every function is asked something at random, and answers as the model does. NEM12_CASES: questions to each function
(default 80; 2000 takes some minutes); NEM12_SEED: other random choices.
"""

import collections
import copy
import datetime
import decimal
import hashlib
import os
import random
import sys

import store

CASES = int(os.environ.get("NEM12_CASES", "80"))
SEED = int(os.environ.get("NEM12_SEED", "1"))
STEPS = 60  # in one store; then a new one
NMIS = ["401200000%d" % n for n in range(1, 6)]
READS = [("reads", nmi) for nmi in NMIS]  # of these NMIs; what the model knows of them is kept beside the days
SUFFIXES = ["B1", "E1"]
REGISTERS = ["11", "41"]
FIRST = datetime.date(2024, 2, 26)
DATES = [FIRST + datetime.timedelta(days=n) for n in range(8)]


class Session(store.Session):
    """A connection, and what the model knows of its transaction."""

    def __init__(self, database):
        super().__init__(database)
        self.locked = {}  # NMI: its state as this session's transaction sees it
        self.transaction = None
        self.merging = False


Version = collections.namedtuple("Version", "nmi suffix date minutes values quality events updated read created sha line file_id")  # read: (time, index) or None


Read = collections.namedtuple("Read", "nmi suffix date record more updated created sha line file_id")  # date: (previous time, current time)


def b2b_record(read):
    return "500,N,,%s,%s" % (read[0].strftime("%Y%m%d%H%M%S"), read[1])


UPDATES_FIRST = False  # nem12.version_order of the store at hand


def order(version):
    updated = version.updated or ""
    return (updated if UPDATES_FIRST else "", version.created, updated, version.sha, version.line, version.file_id)


class Nmi:
    """What the store has of an NMI, of days or of register reads. Keys are (suffix, date)."""

    def __init__(self):
        self.current, self.staged = {}, []
        self.superseded = []  # (version, what won, whether it was current)
        self.history = collections.defaultdict(list)  # of a key: (version that became current, transaction)

    def load(self, version, transaction):
        key = (version.suffix, version.date)
        if key in self.current:
            self.staged.append(version)
        else:
            self.current[key] = version
            self.history[key].append((version, transaction))

    def merge(self, key, transaction):
        staged = [v for v in self.staged if (v.suffix, v.date) == key]
        stored = self.current.get(key)
        winner = max(staged + ([stored] if stored else []), key=order)
        self.staged = [v for v in self.staged if (v.suffix, v.date) != key]
        self.superseded += [(v, winner, False) for v in staged if v is not winner]
        if winner is not stored:
            if stored:
                self.superseded.append((stored, winner, True))
            self.current[key] = winner
            self.history[key].append((winner, transaction))

    def drop_before(self, date):
        self.current, self.history = ({key: value for key, value in of.items() if key[1] >= date} for of in (self.current, self.history))
        self.staged = [version for version in self.staged if version.date >= date]
        self.superseded = [loser for loser in self.superseded if loser[0].date >= date]

    def versions(self):
        return list(self.current.values()) + [v for v, _, _ in self.superseded] + self.staged


class World:
    def __init__(self, number):
        self.database = "world_%d" % number
        global UPDATES_FIRST
        UPDATES_FIRST = random.random() < 0.3
        store.sql("CREATE DATABASE %s TEMPLATE empty_store; ALTER DATABASE %s SET nem12.version_order = '%s';" % (
            self.database, self.database, "update_datetime" if UPDATES_FIRST else "file_creation"))
        self.sessions = [Session(self.database) for _ in range(3)]
        self.asker = Session(self.database)
        self.nmis = {nmi: Nmi() for nmi in NMIS + READS}
        self.committed = set()
        self.transactions = 0
        self.loaded_at = {}  # file_id: microseconds
        self.tokens = [(self.asker.sql("SELECT pg_current_snapshot();")[0][0], frozenset())]
        self.expected = []
        for nmi in NMIS[:2]:
            for suffix in SUFFIXES:
                if random.random() < 0.6:
                    first = random.choice(DATES)
                    last = random.choice([None] + [d for d in DATES if d >= first])
                    self.expected.append((nmi, suffix, first, last))
        for row in self.expected:
            self.asker.sql("INSERT INTO nem12_expected_channels VALUES ('%s', '%s', '%s', %s);" % (row[0], row[1], row[2], "'%s'" % row[3] if row[3] else "NULL"))

    def close(self):
        for session in self.sessions + [self.asker]:
            session.close()
        store.sql("DROP DATABASE %s;" % self.database)

    # ---- steps

    def begin(self, session):
        if session.transaction is None:
            self.transactions += 1
            session.transaction = self.transactions
            session.sql("BEGIN;")

    def others_hold(self, session):
        return {nmi for other in self.sessions if other is not session for nmi in other.locked}

    def state(self, session, nmi):
        if nmi not in session.locked:
            session.locked[nmi] = copy.deepcopy(self.nmis[nmi])
        return session.locked[nmi]

    def load(self, session):
        free = [nmi for nmi in NMIS if nmi not in self.others_hold(session)]
        if not free:
            return
        self.begin(session)
        created = "20240305%04d" % random.randint(0, 3)
        lines, days = ["100,NEM12,%s,MDA%d,Ret1" % (created, self.transactions)], []
        for nmi in sorted(random.sample(free, random.randint(1, min(2, len(free))))):
            for suffix in random.sample(SUFFIXES, random.randint(1, 2)):
                minutes = random.choice([30, 30, 30, 5])
                lines.append("200,%s,B1E1,1,%s,N1,METER1,KWH,%d," % (nmi, suffix, minutes))
                for date in sorted(random.sample(DATES, random.randint(1, 4))):
                    count = 1440 // minutes
                    values = [random.choice([1, 2])] * count
                    for _ in range(random.choice([0, 0, 3])):
                        values[random.randrange(count)] = random.randint(0, 9)
                    quality, events = random.choice([("A", ""), ("A", ""), ("S52,76", ""), ("E52", ""), ("V", "1,%d,F14,76\n%d,%d,A" % (count // 3, count // 3 + 1, count))])
                    updated = random.choice(["", "20240304000000", "20240305000000"])
                    method, reason = (quality + ",").split(",")[:2]
                    lines.append("300,%s,%s,%s,%s,,%s," % (date.strftime("%Y%m%d"), ",".join(map(str, values)), method, reason, updated))
                    read = None
                    if random.random() < 0.5:
                        time = datetime.datetime.combine(date, random.choice([datetime.time(), datetime.time(0, 0, 1), datetime.time(12)]))
                        read = (time, "%05d" % random.randint(0, 99999))
                    days.append((nmi, suffix, date, minutes, tuple(values), quality, events, updated, read, created, len(lines)))
                    for event in filter(None, events.split("\n")):
                        lines.append("400," + ",".join((event.split(",") + ["", ""])[:5]))
                    if read:
                        lines.append(b2b_record(read))
        content = "".join(line + "\r\n" for line in lines + ["900"]).encode()
        file_id = int(session.sql("SELECT file_id FROM nem12_load(%s);" % store.bytea(content))[0][0])
        for day in days:
            version = Version(*day[:10], hashlib.sha256(content).hexdigest(), day[10], file_id)
            self.state(session, version.nmi).load(version, session.transaction)

    def load_reads(self, session):
        free = [nmi for nmi in READS if nmi not in self.others_hold(session)]
        if not free:
            return
        self.begin(session)
        created = "20240305%04d" % random.randint(0, 3)
        lines, reads = ["100,NEM13,%s,MDA%d,Ret1" % (created, self.transactions)], []
        for kind, nmi in sorted(random.sample(free, random.randint(1, min(2, len(free))))):
            for suffix in random.sample(REGISTERS, random.randint(1, 2)):
                for date in sorted(random.sample(DATES, random.randint(1, 3))):
                    previous = random.choice(["20240101080000", "20240102000000"])
                    current = date.strftime("%Y%m%d") + random.choice(["000000", "080000", "235959"])
                    if any(read[:3] == ((kind, nmi), suffix, (previous, current)) for read in reads):
                        continue
                    updated = random.choice(["", "20240304000000", "20240305000000"])
                    methods = [random.choice(["A,,", "S62,53,", "F62,0,Read by a neighbour"]) for _ in range(2)]
                    record = ",".join(["250", nmi, "1141", "001", suffix, random.choice(["", suffix]), "METER1", "E", "00100", previous, methods[0], "00%d" % random.randint(100, 999),
                                       current, methods[1], random.choice(["1", "1.50", "0.0", "12345.678"]), random.choice(["kWh", "KWH"]), random.choice(["", "20240701"]), updated, ""])
                    more = random.choice([(), (), ("550,N,,A,",), ("550,N,ORDER1,A,", "550,A,,N,ORDER2")])
                    reads.append(((kind, nmi), suffix, (previous, current), record, more, updated, created, len(lines) + 1))
                    lines += [record, *more]
        content = "".join(line + "\r\n" for line in lines + ["900"]).encode()
        file_id = int(session.sql("SELECT file_id FROM nem12_load(%s);" % store.bytea(content))[0][0])
        for read in reads:
            version = Read(*read[:7], hashlib.sha256(content).hexdigest(), read[7], file_id)
            self.state(session, version.nmi).load(version, session.transaction)

    def merge(self, session):
        held = self.others_hold(session)
        if any(self.nmis[nmi].staged for nmi in held) or any(other.merging for other in self.sessions):
            return
        self.begin(session)
        session.merging = True
        session.sql("SELECT nem12_merge_staging(%s);" % random.choice(["NULL", "NULL", "3"]))
        left = {(nmi, suffix, datetime.date.fromisoformat(date)) for nmi, suffix, date in session.sql("SELECT nmi, nmi_suffix, interval_date FROM nem12_staging_days;")}
        left |= {(("reads", nmi), suffix, (previous, current)) for nmi, suffix, previous, current in session.sql(
            "SELECT nmi, nmi_suffix, to_char(previous_read_datetime, '%(f)s'), to_char(current_read_datetime, '%(f)s') FROM nem12_staging_reads;" % {"f": "YYYYMMDDHH24MISS"})}
        for nmi in NMIS + READS:
            state = session.locked.get(nmi) or self.nmis[nmi]
            for suffix, date in sorted({(v.suffix, v.date) for v in state.staged}):
                if (nmi, suffix, date) not in left:
                    self.state(session, nmi).merge((suffix, date), session.transaction)
            if state.staged:
                self.state(session, nmi)  # locked, so that no load of it is modelled meanwhile

    def end(self, session):
        if session.transaction is None:
            return
        if random.random() < 0.85:
            session.sql("COMMIT;")
            self.nmis.update(session.locked)
            self.committed.add(session.transaction)
            for file_id, at in self.asker.sql("SELECT file_id, (extract(epoch FROM loaded_at) * 1000000)::bigint FROM nem12_files;"):
                self.loaded_at[int(file_id)] = int(at)
        else:
            session.sql("ROLLBACK;")
        session.transaction, session.merging, session.locked = None, False, {}

    def take_token(self):
        idle = [s for s in self.sessions if s.transaction is None] + [self.asker]
        self.tokens.append((random.choice(idle).sql("SELECT pg_current_snapshot();")[0][0], frozenset(self.committed)))

    def step(self):
        session = random.choice(self.sessions)
        random.choice([self.load] * 3 + [self.load_reads] + [self.merge] * 3 + [self.end] * 3)(session)
        self.take_token()

    # ---- what the model says

    def keys(self):
        for nmi in NMIS:
            for (suffix, date), version in self.nmis[nmi].current.items():
                yield nmi, suffix, date, version

    def known(self, at, of=tuple(NMIS)):
        """What was known then: {(nmi, suffix, date): version}."""
        known = {}
        for nmi in of:
            for version in self.nmis[nmi].versions():
                if self.loaded_at[version.file_id] <= at:
                    key = (nmi, version.suffix, version.date)
                    known[key] = max(known.get(key, version), version, key=order)
        return known

    def moment(self):
        """A moment as microseconds and as SQL."""
        at = random.choice(list(self.loaded_at.values()) or [0]) + random.choice([-1, 0, 1, 10**12])
        return at, "(timestamptz 'epoch' + %d * interval '1 microsecond')" % at

    def dates(self):
        first, last = sorted(random.choices(DATES, k=2))
        return first, last

    def some_nmis(self):
        nmis = random.choice([None, None, random.sample(NMIS, 2)])
        return nmis, "'{%s}'" % ",".join(nmis) if nmis else "NULL"

    def covered(self, days, first, last, nmis):
        """{(nmi, suffix): (days that should be there, days that are)}, of the days given as (nmi, suffix, date)."""
        listed = {row[0] for row in self.expected}
        channels = collections.defaultdict(lambda: (set(), set()))
        between = [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]
        for nmi, suffix, start, end in self.expected:
            channels[nmi, suffix][0].update(d for d in between if d >= start and (end is None or d <= end))
        of_channel = collections.defaultdict(list)
        for nmi, suffix, date in days:
            of_channel[nmi, suffix].append(date)
            if first <= date <= last:
                channels[nmi, suffix][1].add(date)
        for (nmi, suffix), its_days in of_channel.items():
            if nmi not in listed:
                channels[nmi, suffix][0].update(d for d in between if min(its_days) <= d <= max(its_days))
        return {c: sets for c, sets in channels.items() if (sets[0] or sets[1]) and (nmis is None or c[0] in nmis)}

    # ---- questions: what was asked, what the server says, what the model says

    def ask_changed_days(self):
        token, seen = random.choice(self.tokens)
        text = "SELECT nmi, nmi_suffix, interval_date, change, file_id FROM nem12_changed_days('%s')" % token
        wanted = []
        for nmi, suffix, date, version in self.keys():
            history = self.nmis[nmi].history[suffix, date]
            if history[-1][1] not in seen:
                change = "revised" if any(transaction in seen for _, transaction in history) else "new"
                wanted.append([nmi, suffix, str(date), change, str(version.file_id)])
        return text, wanted

    def ask_all_days(self):
        return ("SELECT nmi, nmi_suffix, interval_date, change, file_id FROM nem12_changed_days()",
                [[nmi, suffix, str(date), "new", str(version.file_id)] for nmi, suffix, date, version in self.keys()])

    def ask_days_as_of(self):
        at, moment = self.moment()
        text = 'SELECT nmi, nmi_suffix, interval_date, "values", quality, replace(events, E\'\\n\', \' \'), file_id, line_no FROM nem12_days_as_of(%s)' % moment
        return text, [[*map(str, key), "{%s}" % ",".join(map(str, v.values)), v.quality, v.events.replace("\n", " "), str(v.file_id), str(v.line)]
                      for key, v in self.known(at).items()]

    def readings(self, version):
        method = [version.quality.split(",")[0]] * len(version.values)
        for event in filter(None, version.events.split("\n")):
            first, last, flag = event.split(",")[:3]
            method[int(first) - 1:int(last)] = [flag] * (int(last) - int(first) + 1)
        start = datetime.datetime.combine(version.date, datetime.time())
        return {start + datetime.timedelta(minutes=version.minutes * i): (value, method[i]) for i, value in enumerate(version.values)}

    def ask_readings_as_of(self):
        at, moment = self.moment()
        nmi = random.choice(NMIS)
        first, last = (datetime.datetime.combine(d, datetime.time(random.randrange(24), 10)) for d in self.dates())
        first, last = min(first, last), max(first, last)
        text = ('SELECT nmi_suffix, "timestamp", consumption, quality_method, uom, flow FROM nem12_readings_as_of(\'%s\', \'%s\', \'%s\', %s)' % (nmi, first, last, moment))
        return text, [[suffix, str(time), str(value), method, "kWh", "import" if suffix == "B1" else "export"]
                      for (of, suffix, _), version in self.known(at).items() if of == nmi
                      for time, (value, method) in self.readings(version).items() if first <= time < last]

    def ask_reading_changes(self):
        (first, last), (nmis, array) = self.dates(), self.some_nmis()
        text = ('SELECT nmi, nmi_suffix, "timestamp", old_consumption, new_consumption, old_quality_method, new_quality_method, old_file_id, new_file_id'
                " FROM nem12_reading_changes('%s', '%s', %s)" % (first, last, array))
        wanted = []
        for nmi in nmis or NMIS:
            for old, new, was_current in self.nmis[nmi].superseded:
                if not was_current or not first <= old.date <= last:
                    continue
                before, after = self.readings(old), self.readings(new)
                for time in set(before) | set(after):
                    a, b = before.get(time, ("", "")), after.get(time, ("", ""))
                    if a != b:
                        wanted.append([nmi, old.suffix, str(time), str(a[0]), str(b[0]), a[1], b[1], str(old.file_id), str(new.file_id)])
        return text, wanted

    def ask_gaps(self):
        (first, last), (nmis, array) = self.dates(), self.some_nmis()
        days, moment = [key[:3] for key in self.keys()], "NULL"
        if random.random() < 0.5:
            at, moment = self.moment()
            days = list(self.known(at))
        wanted = []
        for (nmi, suffix), (expected, stored) in self.covered(days, first, last, nmis).items():
            run = []
            for date in sorted(expected - stored):
                if run and date - run[-1] != datetime.timedelta(days=1):
                    wanted.append([nmi, suffix, str(run[0]), str(run[-1]), str(len(run))])
                    run = []
                run.append(date)
            if run:
                wanted.append([nmi, suffix, str(run[0]), str(run[-1]), str(len(run))])
        return "SELECT * FROM nem12_gaps('%s', '%s', %s, %s)" % (first, last, array, moment), wanted

    def ask_completeness(self):
        (first, last), (nmis, array) = self.dates(), self.some_nmis()
        wanted = []
        for (nmi, suffix), (expected, stored) in self.covered([key[:3] for key in self.keys()], first, last, nmis).items():
            counts, total, not_actual = collections.Counter(), 0, 0
            for date in stored:
                for value, method in self.readings(self.nmis[nmi].current[suffix, date]).values():
                    counts[method[0]] += 1
                    total += value
                    not_actual += value if method[0] != "A" else 0
            wanted.append([nmi, suffix] + [str(n) for n in (
                len(expected), len(stored), len(expected - stored), sum(counts.values()), counts["A"], counts["S"], counts["F"], counts["E"], 0, total, not_actual)])
        return "SELECT * FROM nem12_completeness('%s', '%s', %s)" % (first, last, array), wanted

    def ask_index_checks(self):
        (first, last), (nmis, array) = self.dates(), self.some_nmis()
        reads = collections.defaultdict(list)
        for nmi, suffix, _, version in self.keys():
            if version.read and (nmis is None or nmi in nmis):
                at = version.read[0].replace(second=0)
                if datetime.datetime.combine(first, datetime.time()) <= at <= datetime.datetime.combine(last, datetime.time()) + datetime.timedelta(days=1):
                    reads[nmi, suffix].append((at, int(version.read[1])))
        wanted = []
        for (nmi, suffix), its_reads in reads.items():
            its_reads.sort()
            for (start, before), (end, after) in zip(its_reads, its_reads[1:]):
                difference = (after - before) % 10**5
                total = sum(value for (_, date), version in self.nmis[nmi].current.items() if version.suffix == suffix
                            for time, (value, _) in self.readings(version).items() if start <= time < end)
                ratio = (decimal.Decimal(total) / difference).quantize(decimal.Decimal("0.000001"), decimal.ROUND_HALF_UP) if difference else ""
                wanted.append([nmi, suffix, "METER1", str(start), str(end), str(difference), str(total), str(ratio)])
        return "SELECT * FROM nem12_index_checks('%s', '%s', %s)" % (first, last, array), wanted

    def ask_day_totals(self):
        wanted = []
        for nmi, suffix, date, version in self.keys():
            counts = collections.Counter(method[0] for _, method in self.readings(version).values())
            wanted.append([nmi, suffix, str(date), "kWh", "import" if suffix == "B1" else "export"] + [str(n) for n in (
                version.minutes, len(version.values), sum(version.values), max(version.values), counts["A"], counts["S"], counts["F"], counts["E"], version.file_id)])
        return ("SELECT nmi, nmi_suffix, interval_date, uom, flow, interval_length, intervals, consumption, max, actual, substituted, final_substituted,"
                " estimated, file_id FROM nem12_day_totals", wanted)

    def ask_export(self):
        (first, last), (nmis, array) = self.dates(), self.some_nmis()
        known, moment = {key[:3]: key[3] for key in self.keys()}, "NULL"
        if random.random() < 0.5:
            at, moment = self.moment()
            known = self.known(at)
        wanted, channel = ["100,NEM12,202501010000,MDP1,Ret1"], None
        for key in sorted(known):
            version = known[key]
            if not first <= version.date <= last or nmis and version.nmi not in nmis:
                continue
            if channel != (version.nmi, version.suffix, version.minutes):
                channel = (version.nmi, version.suffix, version.minutes)
                wanted.append("200,%s,B1E1,1,%s,N1,METER1,KWH,%d," % channel)
            method, reason = (version.quality + ",").split(",")[:2]
            wanted.append("300,%s,%s,%s,%s,,%s," % (version.date.strftime("%Y%m%d"), ",".join(map(str, version.values)), method, reason, version.updated))
            wanted += ["400," + ",".join((event.split(",") + ["", ""])[:5]) for event in filter(None, version.events.split("\n"))]
            wanted += [b2b_record(version.read)] if version.read else []
        text = "SELECT * FROM nem12_export(%s, '%s', '%s', %s, 'MDP1', 'Ret1', '2025-01-01')" % (array, first, last, moment)
        return text, [[line] for line in wanted + ["900"]]

    def ask_export_reads(self):
        (first, last), (nmis, array) = self.dates(), self.some_nmis()
        known, moment = {(nmi, *key): read for nmi in READS for key, read in self.nmis[nmi].current.items()}, "NULL"
        if random.random() < 0.5:
            at, moment = self.moment()
            known = self.known(at, READS)
        wanted = ["100,NEM13,202501010000,MDP1,Ret1"]
        for key in sorted(known):
            read = known[key]
            if first.strftime("%Y%m%d") <= read.date[1][:8] <= last.strftime("%Y%m%d") and (nmis is None or read.nmi[1] in nmis):
                wanted += [read.record, *read.more]
        text = "SELECT * FROM nem12_export_reads(%s, '%s', '%s', %s, 'MDP1', 'Ret1', '2025-01-01')" % (array, first, last, moment)
        return text, [[line] for line in wanted + ["900"]]

    def ask_drop_before(self):
        """In a transaction that is rolled back; it waits for whatever others have open, so somebody else has to see to that."""
        text, wanted = self.drop_before(random.choice(DATES + [datetime.date(2024, 3, 1), datetime.date(2024, 3, 31), datetime.date(2024, 4, 1)]), copy.deepcopy(self.nmis))
        return "BEGIN; " + text + "; ROLLBACK", wanted

    @staticmethod
    def drop_before(date, nmis):
        """Says what is dropped and what is left, and leaves just that in the model."""
        first = date.replace(day=1)
        gone = [len([v for nmi in NMIS for v in of(nmis[nmi]) if v.date < first])
                for of in (lambda nmi: nmi.current.values(), lambda nmi: [loser for loser, _, _ in nmi.superseded])]
        for nmi in NMIS:
            nmis[nmi].drop_before(first)
        months = sum(month < first for month in (datetime.date(2024, 2, 1), datetime.date(2024, 3, 1)))
        wanted = [["dropped", *map(str, gone), str(months), "", ""]]
        for nmi in NMIS:
            wanted += [[v.nmi, v.suffix, str(v.date), status, str(v.file_id), str(v.line) + (b2b_record(v.read)[4:] if v.read else "")]
                       for status, versions in (("current", nmis[nmi].current.values()), ("staged", nmis[nmi].staged), ("superseded", [v for v, _, _ in nmis[nmi].superseded]))
                       for v in versions]
        return ("SELECT 'dropped', days, superseded, months, NULL, NULL FROM nem12_drop_before('%s');"
                " SELECT nmi, nmi_suffix, interval_date, status, file_id, line_no || coalesce(b2b_details, '') FROM nem12_day_versions" % date, wanted)

    def question(self, name, asked=None):
        text, wanted = asked or getattr(self, "ask_" + name)()
        got = self.asker.sql(text + ";")
        if name not in ("export", "export_reads"):  # whose rows have an order
            got, wanted = sorted(got), sorted(wanted)
        if got != wanted:
            missing, surplus = [r for r in wanted if r not in got][:5], [r for r in got if r not in wanted][:5]
            sys.exit("seed %d, %s: %s\nmissing: %r\nsurplus: %r" % (SEED, name, text, missing, surplus))
        return len(wanted) > (2 if name.startswith("export") else 1 if name == "drop_before" else 0)  # beside the first and the last record

    def idle(self):
        return all(session.transaction is None for session in self.sessions)


RETENTION = "drop_before"  # asked where nobody is in a transaction, as often as the others in the end
QUESTIONS = [name[4:] for name in dir(World) if name.startswith("ask_") and name != "ask_" + RETENTION]


def test():
    random.seed(SEED)
    store.sql("CREATE DATABASE empty_store; \\c empty_store\nCREATE EXTENSION nem12; SELECT nem12_prepare_months('{2024-02-01,2024-03-01}');")
    asked, with_rows, number = collections.Counter(), collections.Counter(), 0

    def ask(world, name):
        with_rows[name] += world.question(name)
        asked[name] += 1

    while min(asked[name] for name in QUESTIONS + [RETENTION]) < CASES:
        world = World(number)
        number += 1
        for step in range(1, STEPS + 1):
            world.step()
            for name in QUESTIONS:
                ask(world, name)
            for session in world.sessions if step % 15 == 0 else ():
                world.end(session)
            while world.idle() and world.committed and asked[RETENTION] < asked[QUESTIONS[0]]:
                ask(world, RETENTION)
            if asked[QUESTIONS[0]] >= CASES:
                break
        for session in world.sessions:
            world.end(session)
        for name in QUESTIONS + [RETENTION]:
            ask(world, name)
        world.question(RETENTION, world.drop_before(random.choice(DATES), world.nmis))
        for name in QUESTIONS:  # of what is left
            ask(world, name)
        world.close()
    for name in asked:
        if with_rows[name] < asked[name] // 8:
            sys.exit("%s: only %d of %d answers had rows" % (name, with_rows[name], asked[name]))
    print("no difference: " + ", ".join("%s %d (%d with rows)" % (name, asked[name], with_rows[name]) for name in sorted(asked)))


store.main(test, "fsync = off")
