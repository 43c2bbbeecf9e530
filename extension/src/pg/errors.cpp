#include "pg/errors.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "utils/json.h"
}

#include "pg/text.hpp"

namespace nem12::pg {
namespace {

void append_view(StringInfo out, std::string_view view) {
    appendBinaryStringInfo(out, view.data(), static_cast<int>(view.size()));
}

void append_json_text(StringInfo out, const char *key, std::string_view value) {
    appendStringInfo(out, ", \"%s\": ", key);
    escape_json(out, to_cstring(value));
}

void append_json_number(StringInfo out, const char *key, int value, bool present) {
    if (present)
        appendStringInfo(out, ", \"%s\": %d", key, value);
    else
        appendStringInfo(out, ", \"%s\": null", key);
}

} // namespace

char *finding_message(const mdff::Finding &finding) {
    const mdff::RuleInfo &rule = mdff::rule_info(finding.rule);
    StringInfoData out;
    initStringInfo(&out);
    if (finding.line > 0)
        appendStringInfo(&out, "line " UINT64_FORMAT, finding.line);
    else
        appendStringInfoString(&out, "the whole file");
    if (finding.record > 0)
        appendStringInfo(&out, ", record %d", finding.record);
    if (finding.field >= 0)
        appendStringInfo(&out, ", field %d", finding.field);
    appendStringInfoString(&out, ": ");
    append_view(&out, rule.message);
    if (!finding.note.empty()) {
        appendStringInfoString(&out, ": ");
        append_view(&out, finding.note);
    }
    appendStringInfoString(&out, " (");
    append_view(&out, rule.code);
    appendStringInfoChar(&out, ')');
    return out.data;
}

char *finding_detail(const mdff::Finding &finding) {
    const mdff::RuleInfo &rule = mdff::rule_info(finding.rule);
    StringInfoData out;
    initStringInfo(&out);
    if (finding.line > 0)
        appendStringInfo(&out, "{\"line\": " UINT64_FORMAT, finding.line);
    else
        appendStringInfoString(&out, "{\"line\": null");
    append_json_number(&out, "record", finding.record, finding.record > 0);
    append_json_number(&out, "field", finding.field, finding.field >= 0);
    append_json_text(&out, "code", rule.code);
    append_json_text(&out, "severity", mdff::name_of(finding.severity));
    append_json_text(&out, "text", finding.text);
    append_json_text(&out, "source", rule.source);
    appendStringInfoChar(&out, '}');
    return out.data;
}

const char *finding_sqlstate(const mdff::Finding &finding) {
    const std::string_view code = mdff::sqlstate_of(mdff::rule_info(finding.rule).family);
    return pnstrdup(code.data(), code.size());
}

int sqlstate_from_text(const char *five) {
    Assert(strlen(five) == 5);
    return MAKE_SQLSTATE(five[0], five[1], five[2], five[3], five[4]);
}

void report_finding(const mdff::Finding &finding) {
    // Everything is built before ereport: an error inside its arguments would be an error about an error.
    const int sqlstate = sqlstate_from_text(finding_sqlstate(finding));
    const char *message = finding_message(finding);
    const char *detail = finding_detail(finding);
    const char *hint = to_cstring(mdff::rule_info(finding.rule).hint);
    ereport(ERROR, (errcode(sqlstate), errmsg("%s", message), errdetail_internal("%s", detail), errhint("%s", hint)));
}

mdff::Dialect dialect_from_text(const text *name) {
    mdff::Dialect dialect = mdff::Dialect::kStrict;
    if (!mdff::parse_dialect(view_of(name), dialect))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown dialect \"%s\"", to_cstring(view_of(name))),
                        errhint("Dialects are \"strict\" and \"tolerant\".")));
    return dialect;
}

void report_corrupt_values() {
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored nem12_values cannot be decoded")));
}

} // namespace nem12::pg
