"""aseXML messages for tests: MDFFs in an envelope, as a market system writes it or as another one would."""

from xml.sax.saxutils import escape

HEADER = ("From", "To", "MessageID", "MessageDate", "TransactionGroup", "Priority", "Market")


def header(message_id, group="MTRD", order=HEADER, prefix=""):
    values = {"From": "MDA1", "To": "Ret1", "MessageID": message_id, "MessageDate": "2024-06-01T00:00:00.000+10:00",
              "TransactionGroup": group, "Priority": "Low", "Market": "NEM"}
    fields = "".join(f"<{prefix}{name}>{values[name]}</{prefix}{name}>" for name in order)
    return f"<{prefix}Header>{fields}</{prefix}Header>\n"


def as_text(mdff):
    return escape(mdff.decode())


def as_cdata(mdff):
    return f"<![CDATA[{mdff.decode()}]]>"


def as_references(mdff):
    """With each CR written out, so that XML does not take it away."""
    return escape(mdff.decode()).replace("\r\n", "&#13;\n")


def transaction(transaction_id, mdff, written=as_text, prefix=""):
    element = "CSVConsumptionData" if mdff[4:9] == b"NEM13" else "CSVIntervalData"
    return (f'<{prefix}Transaction transactionID="{transaction_id}" transactionDate="2024-06-01T00:00:00.000+10:00">'
            f'<{prefix}MeterDataNotification version="r25"><{prefix}{element}>{written(mdff)}</{prefix}{element}>'
            f"<{prefix}ParticipantRole><{prefix}Role>FRMP</{prefix}Role></{prefix}ParticipantRole></{prefix}MeterDataNotification>"
            f"</{prefix}Transaction>\n")


def envelope(inside, encoding="UTF-8", root="ase:aseXML", space="xmlns:ase"):
    return f'<?xml version="1.0" encoding="{encoding}"?>\n<{root} {space}="urn:aseXML:r43">\n{inside}</{root}>\n'.encode(encoding)


def message(message_id, mdffs, written=as_text, encoding="UTF-8"):
    """Transactions MESSAGE_ID-1, MESSAGE_ID-2..., an MDFF each."""
    transactions = "".join(transaction(f"{message_id}-{number}", mdff, written) for number, mdff in enumerate(mdffs, 1))
    return envelope(f"{header(message_id)}<Transactions>\n{transactions}</Transactions>\n", encoding)
