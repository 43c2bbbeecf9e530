#!/usr/bin/env python3
"""aseXML messages through the daemon, `load` and `validate`: alone, gzipped, zipped, in every way that XML can be written. What lands
is what the bare files would have left, each file with its message's and transaction's id in the ledger; a broken message is
rejected whole, with the place."""

import gzip
import io
import json
import subprocess
import zipfile

import loader_world as w
import messages as m

w.with_servers()


def nem12(day, nmi="4001234567", value="0.125", reason=""):
    """A file of one channel and day."""
    lines = ["100,NEM12,202406010000,MDA1,Ret1", f"200,{nmi},E1,1,E1,N1,METER1,kWh,30,",
             f"300,202401{day:02d},{','.join([value] * 48)},{'F14,0,' + reason if reason else 'A,,'},20240601000000,", "900"]
    return "".join(line + "\r\n" for line in lines).encode()


def nem13(month):
    lines = ["100,NEM13,202406010000,MDA1,Ret1",
             f"250,4001234567,11,01,11,11,METER1,E,000100,2024{month:02d}01103230,A,,,000150,2024{month + 1:02d}01100333,A,,,50,kWh,"
             "20241001,20240601000000,", "900"]
    return "".join(line + "\r\n" for line in lines).encode()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def good_messages():
    """Name -> (bytes, [(MDFF, message, transaction)])."""
    def simple(name, message_id, mdffs, **how):
        return name, (m.message(message_id, mdffs, **how), [(mdff, message_id, f"{message_id}-{at}") for at, mdff in enumerate(mdffs, 1)])

    prefixed = m.envelope(
        "<a:Transactions>" + m.transaction("P/1", nem12(4), m.as_cdata, "a:") + "</a:Transactions>"
        + m.header("PREFIX", order=("TransactionGroup", "Market", "MessageID", "To", "From"), prefix="a:"), root="a:aseXML", space="xmlns:a")
    inner = m.message("ZIP-1", [nem12(20)])
    with_bare = zipped({"folder/m.xml": inner, "bare.csv": nem12(21), "deep.zip": zipped({"n.xml.gz": gzip.compress(m.message("ZIP-2", [nem12(22)]))})})
    return dict([
        simple("several.xml", "SEVERAL", [nem12(1), nem12(2), nem13(1), nem12(3, nmi="4001234568")]),
        ("prefixed.xml", (prefixed, [(nem12(4), "PREFIX", "P/1")])),
        simple("cdata.xml", "CDATA", [nem12(5), nem13(3)], written=m.as_cdata),
        simple("references.xml", "REFERENCES", [nem12(6, reason="R&D <x>")], written=m.as_references),
        simple("layout.xml", "LAYOUT", [nem12(7)], written=lambda mdff: "\n        " + m.as_text(mdff) + "\n\n        "),
        simple("line feeds.xml", "LF", [nem12(8)], written=lambda mdff: m.as_text(mdff).replace("\r", "")),
        simple("wide.xml", "WIDE", [nem12(9)], encoding="UTF-16"),
        simple("latin.xml", "LATIN", [nem12(10)], encoding="ISO-8859-1"),
        ("marked.XML", (b"\xef\xbb\xbf" + m.message("MARK", [nem12(11)]), [(nem12(11), "MARK", "MARK-1")])),
        ("packed.xml.gz", (gzip.compress(m.message("GZIP", [nem12(12), nem12(13)])), [(nem12(12), "GZIP", "GZIP-1"), (nem12(13), "GZIP", "GZIP-2")])),
        ("outer.zip", (with_bare, [(nem12(20), "ZIP-1", "ZIP-1-1"), (nem12(21), "", ""), (nem12(22), "ZIP-2", "ZIP-2-1")])),
    ])


def broken_messages():
    """Name -> (bytes, code, line, part of the text)."""
    whole = m.message("BROKEN", [nem12(25), nem12(26)])
    entities = "".join(f'<!ENTITY e{i} "{("&e%d;" % (i - 1)) * 10 if i else "x" * 10}">' for i in range(10))
    declared = whole.replace(b"<ase:aseXML", b"<!DOCTYPE ase:aseXML [" + entities.encode() + b"]>\n<ase:aseXML", 1)
    external = whole.replace(b"<ase:aseXML", b'<!DOCTYPE ase:aseXML SYSTEM "file:///etc/passwd">\n<ase:aseXML', 1)
    return {
        "cut.xml": (whole[:whole.index(b"0.125") + 3], "asexml_truncated", 7, "300,20240125,0.1"),
        "cut2.xml": (whole[:-5], "asexml_truncated", None, ""),
        "tags.xml": (whole.replace(b"</Role>", b"</Roll>"), "asexml_malformed", 9, "<Role>FRMP</Roll>"),
        "after.xml": (whole + whole, "asexml_malformed", None, ""),
        "bomb.xml": (declared.replace(b"100,NEM12", b"&e9;100,NEM12"), "asexml_doctype", 2, "<!ENTITY"),
        "external.xml": (external, "asexml_doctype", 2, "file:///etc/passwd"),
        "undefined.xml": (whole.replace(b"100,NEM12", b"&nbsp;100,NEM12"), "asexml_malformed", 5, "&nbsp;"),
        "deep.xml": (m.envelope(m.header("DEEP") + "<a>" * 1000), "asexml_depth", 4, "<a><a>"),
        "group.xml": (m.envelope(m.header("GROUP", group="CATS") + "<Transactions/>"), "asexml_group", 3, "CATS"),
        "none.xml": (m.envelope(m.header("NONE") + "<Transactions/>"), "asexml_empty", None, ""),
        "other.xml": (whole.replace(b"CSVIntervalData", b"CSVProfileData"), "asexml_structure", 5, "<CSVProfileData>"),
        "comment.xml": (whole.replace(b"<Role>", b"<!--" + b"x" * (8 << 20) + b"--><Role>", 1), "asexml_too_complex", None, ""),
        "encoding.xml": (whole.replace(b"UTF-8", b"KLINGON"), "asexml_encoding", 1, "KLINGON"),
        "broken.xml.gz": (gzip.compress(whole[:-20]), "asexml_truncated", None, ""),
        "with broken.zip": (zipped({"good.csv": nem12(27), "cut.xml": whole[:300]}), "asexml_truncated", None, ""),
    }


def run_daemon(world, files):
    for name, data in files.items():
        (world.folder / name).write_bytes(data)
        world.drop(world.folder / name)
    world.finish(world.start(world.config(), "--until-idle"))
    w.check("nothing is left in inbox and spool", not world.leftovers(), world.leftovers())


def report_on(world, name):
    return json.loads((world.folder / "rejected" / f"{name}.report.json").read_text())


def ledger(world):
    return {row[0]: row[1:] for row in w.rows("SELECT encode(sha256, 'hex'), coalesce(message_id, ''), coalesce(transaction_id, '')"
                                              " FROM nem12_files", world.name)}


def wanted_ledger(good):
    return {w.hashlib.sha256(mdff).hexdigest(): ids for _, members in good.values() for mdff, *ids in members}


def load(world, paths):
    return subprocess.run([w.LOADER, "load", "--db", world.conninfo(), *paths], text=True, capture_output=True, check=False)


def check_good(good, bare):
    wanted = {sha: tuple(ids) for sha, ids in wanted_ledger(good).items()}
    with w.World("messages") as world:
        run_daemon(world, {name: data for name, (data, _) in good.items()})
        w.check("the daemon stores what the bare files would have left", world.digest() == bare, world.digest())
        w.check("the ledger has each file's message and transaction", ledger(world) == wanted, ledger(world))
        w.check("every message is in the archive as it came", all(world.places(name) == ["archive"] for name in good))
        names = [row[0] for row in w.rows("SELECT file_name FROM nem12_files ORDER BY 1", world.name)]
        w.check("files are named by message and transaction", "several.xml/1-SEVERAL-1.csv" in names and "prefixed.xml/1-P_1.csv" in names
                and "outer.zip/deep.zip/n.xml.gz/n.xml/1-ZIP-2-1.csv" in names, names)
        before = world.digest()
        run_daemon(world, {"bare again.csv": nem12(1), "again.xml": m.message("AGAIN", [nem12(2), nem12(5)])})
        w.check("contents that came bare or in another message are known", world.digest() == before)
        w.check("and keep the ids they came with first", ledger(world) == wanted)
    with w.World("loaded") as world:
        paths = [world.folder / name for name in good]
        for path in paths:
            path.write_bytes(good[path.name][0])
        done = load(world, paths)
        w.check("load takes messages", done.returncode == 0, done.stdout + done.stderr)
        w.check("load stores the same", world.digest() == bare and ledger(world) == wanted)
        done = subprocess.run([w.LOADER, "validate", "--format", "json", *paths], text=True, capture_output=True, check=False)
        reports = json.loads(done.stdout)
        w.check("validate takes messages", done.returncode == 0 and {report["outcome"] for report in reports} == {"valid"}, done.stdout)
        w.check("validate tells of each file inside", len(reports) == len(wanted)
                and sorted((report["message_id"], report["transaction_id"]) for report in reports) == sorted(wanted.values()))


def check_broken(broken):
    with w.World("broken") as world:
        run_daemon(world, {name: data for name, (data, *_) in broken.items()})
        w.check("nothing of a broken message is stored", w.value("SELECT count(*) FROM nem12_files", world.name) == "0")
        for name, (_, code, line, text) in broken.items():
            w.check(f"{name} is rejected", world.places(name) == ["rejected"])
            finding = report_on(world, name)["findings"][0]
            w.check(f"{name}: {code}, with its place", finding["code"] == code and (line is None or finding["line"] == line)
                    and text in finding["text"] and finding["hint"] and finding["message"], finding)
        w.check("whom to ask is in the report, when it was read", report_on(world, "cut.xml")["from_participant"] == "MDA1")
        codes = {row[0] for row in w.rows("SELECT DISTINCT code FROM nem12_errors", world.name)}
        w.check("nem12_errors has them too", codes == {code for _, code, *_ in broken.values()}, codes)
        for name, (_, code, *_) in broken.items():
            done = load(world, [world.folder / name])
            w.check(f"load refuses {name}", done.returncode == 1 and code in done.stdout, done.stdout + done.stderr)
            done = subprocess.run([w.LOADER, "validate", world.folder / name], text=True, capture_output=True, check=False)
            w.check(f"validate refuses {name}", done.returncode == 1 and f"[{code}]" in done.stdout, done.stdout)
        w.check("load stored nothing either", w.value("SELECT count(*) FROM nem12_files", world.name) == "0")


def check_bad_members():
    """The XML is in order, an MDFF in it is not."""
    bad, rubbish = nem12(2, value="x1"), b"not an MDFF\r\n"
    with w.World("members") as world:
        run_daemon(world, {"partly.xml": m.message("PARTLY", [nem12(1), bad]), "wholly.xml": m.message("WHOLLY", [rubbish])})
        w.check("the good file of a message is loaded", list(ledger(world).values()) == [("PARTLY", "PARTLY-1")], ledger(world))
        w.check("the message with a good file is archived", world.places("partly.xml") == ["archive"])
        w.check("the message without is rejected", world.places("wholly.xml") == ["rejected"]
                and report_on(world, "wholly.xml")["findings"][0]["code"] == "archive_members_refused")
        for name, content, code, transaction in (("partly.xml--2-PARTLY-2.csv", bad, "value_not_numeric", "PARTLY-2"),
                                                 ("wholly.xml--1-WHOLLY-1.csv", rubbish, "not_mdff", "WHOLLY-1")):
            report = report_on(world, name)
            w.check(f"{name} is rejected with its transaction", report["findings"][0]["code"] == code
                    and report["transaction_id"] == transaction and (world.folder / "rejected" / name).read_bytes() == content, report)


def main():
    good = good_messages()
    with w.World("bare") as world:
        paths = []
        for number, mdff in enumerate({mdff: 0 for _, members in good.values() for mdff, *_ in members}):
            paths.append(world.folder / f"{number}.csv")
            paths[-1].write_bytes(mdff)
        done = load(world, paths)
        w.check("the bare files load", done.returncode == 0, done.stdout + done.stderr)
        bare = world.digest()
    check_good(good, bare)
    check_broken(broken_messages())
    check_bad_members()
    sample = w.CORPUS / "asexml" / "mtrd-example.xml"
    if sample.exists():
        with w.World("sample") as world:
            done = load(world, [sample])
            w.check("the published message loads", done.returncode == 0 and w.value("SELECT sum(readings) FROM nem12_files", world.name) == "864"
                    and list(ledger(world).values()) == [("d7c29c79-fe99-4b85-b659-5255cec3d4d0", "ACTIVMDP-TNS-N40610740")], done.stdout)


main()
