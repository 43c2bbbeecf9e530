# Makes the install script of its parts, install/*.sql: awk -f install.awk versioned_rows.inc PART...
# The parts name the columns of versioned rows by lists, for days and likewise for reads:
#
#   @days.definitions@    as CREATE TABLE has them
#   @days.columns@        nmi, nmi_suffix, ...        @days.columns d@    d.nmi, d.nmi_suffix, ...
#   @days.key@, @days.content@ (with d or without)    only these
#   @days.same_key d k@   d.nmi = k.nmi AND ...
#   @days.same_content v@ first_value(v.quality) OVER newest = v.quality AND ...
#   @days.set r@          every column but the key: quality = r.quality, ...
#
# Long lists go on in lines of their own.

function fail(what) { printf "%s:%d: %s\n", FILENAME, FNR, what > "/dev/stderr"; exit 1 }

function quoted(name) { return name == "values" ? "\"values\"" : name }

function equals(type) { return type ~ /^nem12_/ ? "OPERATOR(@extschema@.=)" : "=" }

# Fills items[1..n] and returns n.
function list(kind, name, first, second,    i, column, n) {
    n = 0
    for (i = 1; i <= count[kind]; ++i) {
        column = quoted(names[kind, i])
        if (name == "definitions")
            items[++n] = sprintf("%-" widest[kind] "s", names[kind, i]) " " types[kind, i]
        else if (name == "columns" || (name == "key" && parts[kind, i] == "kKey") || (name == "content" && parts[kind, i] == "kContent"))
            items[++n] = (first == "" ? "" : first ".") column
        else if (name == "same_key" && parts[kind, i] == "kKey")
            items[++n] = first "." column " = " second "." column
        else if (name == "same_content" && parts[kind, i] == "kContent")
            items[++n] = "first_value(" first "." column ") OVER newest " equals(types[kind, i]) " " first "." column
        else if (name == "set" && parts[kind, i] != "kKey")
            items[++n] = column " = " first "." column
    }
    if (n == 0)
        fail("there is no list " kind "." name)
    return n
}

function fill(line,    before, after, words, n, i, indent, column, place, separator, text, item) {
    match(line, /^ */)
    indent = sprintf("%" (RLENGTH + (line ~ /^ *@/ ? 0 : 4)) "s", "")
    text = ""
    while (match(line, /@(days|reads)\.[a-z_]+( [a-z]+)*@/)) {
        before = substr(line, 1, RSTART - 1)
        split(substr(line, RSTART + 1, RLENGTH - 2), words, /[. ]/)
        after = substr(line, RSTART + RLENGTH)
        n = list(words[1], words[2], words[3], words[4])
        separator = words[2] ~ /^same_/ ? " AND" : ","
        text = text before
        place += length(before)
        for (i = 1; i <= n; ++i) {
            item = items[i] (i < n ? separator : "")
            if (words[2] == "definitions" && i > 1)
                text = text "\n" indent
            else if (i > 1 && place + 1 + length(item) > 127) {
                text = text "\n" indent
                place = length(indent)
            } else if (i > 1) {
                text = text " "
                ++place
            }
            text = text item
            place += length(item)
        }
        line = after
    }
    return text line
}

BEGIN { print "\\echo Use \"CREATE EXTENSION nem12\" to load this file. \\quit" }

FILENAME ~ /\.inc$/ {
    if (match($0, /^NEM12_(DAY|READ)_COLUMN\(/)) {
        kind = substr($0, 7, 3) == "DAY" ? "days" : "reads"
        split(substr($0, RLENGTH + 1, length($0) - RLENGTH - 1), fields, /, /)
        i = ++count[kind]
        parts[kind, i] = fields[1]
        names[kind, i] = fields[3]
        types[kind, i] = fields[5]
        if (length(fields[3]) > widest[kind])
            widest[kind] = length(fields[3])
    }
    next
}

/@(days|reads)\./ { print fill($0); next }
{ print }
