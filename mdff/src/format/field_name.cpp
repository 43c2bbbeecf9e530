#include "mdff/field_name.hpp"

#include <span>

namespace mdff {

namespace {

constexpr std::string_view kHeaderFields[] = {"RecordIndicator", "VersionHeader", "DateTime", "FromParticipant",
                                              "ToParticipant"};
constexpr std::string_view kChannelFields[] = {
    "RecordIndicator",   "NMI", "NMIConfiguration", "RegisterID",           "NMISuffix", "MDMDataStreamIdentifier",
    "MeterSerialNumber", "UOM", "IntervalLength",   "NextScheduledReadDate"};
constexpr std::string_view kEventFields[] = {"RecordIndicator", "StartInterval", "EndInterval",
                                             "QualityMethod",   "ReasonCode",    "ReasonDescription"};
constexpr std::string_view kB2bFields[] = {"RecordIndicator", "TransCode", "RetServiceOrder", "ReadDateTime", "IndexRead"};
constexpr std::string_view kAccumulationFields[] = {"RecordIndicator",
                                                    "NMI",
                                                    "NMIConfiguration",
                                                    "RegisterID",
                                                    "NMISuffix",
                                                    "MDMDataStreamIdentifier",
                                                    "MeterSerialNumber",
                                                    "DirectionIndicator",
                                                    "PreviousRegisterRead",
                                                    "PreviousRegisterReadDateTime",
                                                    "PreviousQualityMethod",
                                                    "PreviousReasonCode",
                                                    "PreviousReasonDescription",
                                                    "CurrentRegisterRead",
                                                    "CurrentRegisterReadDateTime",
                                                    "CurrentQualityMethod",
                                                    "CurrentReasonCode",
                                                    "CurrentReasonDescription",
                                                    "Quantity",
                                                    "UOM",
                                                    "NextScheduledReadDate",
                                                    "UpdateDateTime",
                                                    "MSATSLoadDateTime"};
constexpr std::string_view kAccumulationB2bFields[] = {"RecordIndicator", "PreviousTransCode", "PreviousRetServiceOrder",
                                                       "CurrentTransCode", "CurrentRetServiceOrder"};

std::span<const std::string_view> fields_of(int record) noexcept {
    switch (record) {
    case 100: return kHeaderFields;
    case 200: return kChannelFields;
    case 400: return kEventFields;
    case 500: return kB2bFields;
    case 250: return kAccumulationFields;
    case 550: return kAccumulationB2bFields;
    default: return {};
    }
}

} // namespace

std::string_view field_name(int record, int field) noexcept {
    if (record == 300)
        return field == 0 ? "RecordIndicator" : field == 1 ? "IntervalDate" : "";
    const std::span<const std::string_view> names = fields_of(record);
    return field >= 0 && static_cast<size_t>(field) < names.size() ? names[static_cast<size_t>(field)] : std::string_view();
}

} // namespace mdff
