#pragma once
// The rules for single fields, which several records share. Each says what it finds and returns what can be used of the field.

#include "parse/fields.hpp"
#include "parse/finding_log.hpp"

namespace mdff {

enum class QualityUse : uint8_t { kDay, kEvent, kPreviousRead, kCurrentRead };

class RecordChecks {
public:
    RecordChecks(const ParserOptions &options, FindingLog &log) noexcept : options_(options), log_(log) {}

    void length(const Fields &fields, int field, size_t most) noexcept;
    void mandatory(const Fields &fields, int field) noexcept;
    void upper_case(const Fields &fields, int field) noexcept; // changes the field
    std::string_view nmi(const Fields &fields, int field) noexcept;
    void suffix(const Fields &fields, int configuration, int suffix, Version version) noexcept;
    // The decimals that the unit allows, kMaxScale when it is unknown.
    int uom(const Fields &fields, int field, std::string_view suffix, Version version) noexcept;
    // A DateTime(14); false, with nothing said, when it cannot be read.
    bool read_time(std::string_view text, int field, DateTime &out) noexcept;
    DateTime time(const Fields &fields, int field) noexcept; // an optional DateTime(14)
    DateTime update_time(const Fields &fields, int field) noexcept;
    // The two times at the end of a record, "UpdateDateTime,MSATSLoadDateTime" from `field` on; false, with nothing said, when
    // the text is anything but one or two times of 14 digits that are in order.
    bool usual_times(std::string_view text, int field, DateTime &updated, DateTime &msats_loaded) noexcept;
    Date next_read_date(const Fields &fields, int field) noexcept;
    // An interval value or a quantity; kOk also for a form that only the tolerant dialect takes, with a finding. `negative`:
    // the rule for values below zero.
    DecimalStatus decimal(std::string_view text, int field, Rule negative, Decimal &out) noexcept;
    void dial(const Fields &fields, int field) noexcept;
    std::string_view trans_code(const Fields &fields, int field) noexcept;
    // Quality method, reason code and reason description, which stand in three fields from `field` on.
    Quality quality(const Fields &fields, int field, QualityUse use, Date date) noexcept;

private:
    const ParserOptions &options_;
    FindingLog &log_;
    DateMemo date_memos_[2]; // by the field: so that the two times at the end of a record do not push each other out

    DateMemo &memo(int field) noexcept { return date_memos_[field & 1]; }
};

} // namespace mdff
