#include "unpack/message_reader.hpp"

#include <algorithm>
#include <array>

#include "base/files.hpp"

namespace nem12::loader {

namespace {

constexpr size_t kLongestField = 100; // of the header, and an id; the schema's are shorter
constexpr std::string_view kWhite = " \t\r\n";
constexpr std::string_view kStartOfMdff = "100,NEM1";
constexpr const char *kSendMeterData = "Send a meter data notification: a message of transaction group MTRD with MDFF in it";
constexpr const char *kSendOne = "Send one aseXML message as the schema has it";

std::string_view trimmed(std::string_view text) {
    size_t begin = std::min(text.find_first_not_of(kWhite), text.size());
    return text.substr(begin, text.find_last_not_of(kWhite) + 1 - begin);
}

ArchiveError refused_as_a_whole(const char *code, const char *message) {
    ArchiveError error(code, message);
    error.hint = kSendMeterData;
    error.source = "MDFF 1.1 b";
    return error;
}

} // namespace

bool MessageReader::starts_message(std::string_view head) {
    std::string text(head);
    std::erase(text, '\0'); // UTF-16
    std::string_view rest = text;
    for (std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})
        rest.remove_prefix(rest.starts_with(mark) ? mark.size() : 0);
    return trimmed(rest).starts_with('<') && rest.find("aseXML") != std::string_view::npos;
}

MessageReader::MessageReader(std::string name, int most, MemberSink &sink)
    : name_(std::move(name)), most_(most), sink_(sink), xml_(*this),
      mdff_([this](std::span<const char> bytes) { add_to_member(bytes); }) {}

// A refusal names the sender, if it is known by then.
template <typename Step>
void MessageReader::with_sender(Step step) {
    try {
        step();
    } catch (ArchiveError &error) {
        error.message_id = display_text(message_id_);
        error.from_participant = display_text(from_);
        error.to_participant = display_text(to_);
        throw;
    }
}

void MessageReader::add(std::span<const char> bytes) {
    with_sender([&] { xml_.add(bytes); });
}

int MessageReader::finish() {
    with_sender([&] {
        xml_.finish();
        if (group_.empty())
            throw refused_as_a_whole("asexml_group", "the message's header names no TransactionGroup");
        if (transaction_ids_.empty())
            throw refused_as_a_whole("asexml_empty", "the message has no CSVIntervalData or CSVConsumptionData with content");
    });
    sink_.came_in_message(message_id_, transaction_ids_);
    return static_cast<int>(transaction_ids_.size());
}

void MessageReader::start(std::string_view name, const XmlAttributes &attributes) {
    ++depth_;
    stray_.clear();
    if (in_csv_ || field_ != nullptr)
        throw xml_.refusal("asexml_structure", "an element stands where only text may be", kSendOne);
    if (depth_ == 1 && name != "aseXML")
        throw xml_.refusal("asexml_structure", "the root element is not aseXML", kSendOne);
    if (name.starts_with("CSV")) {
        start_csv(name);
    } else if (depth_ == 2) {
        in_header_ = name == "Header";
        in_transactions_ = name == "Transactions";
    } else if (depth_ == 3 && in_header_) {
        start_header_field(name);
    } else if (depth_ == 3 && in_transactions_ && name == "Transaction") {
        in_transaction_ = true;
        transaction_id_ = trimmed(attributes.find("transactionID"));
        if (transaction_id_.size() > kLongestField)
            throw xml_.refusal("asexml_structure", "the transactionID is too long", kSendOne);
    }
}

void MessageReader::start_header_field(std::string_view name) {
    const std::array<std::pair<std::string_view, std::string *>, 4> fields = {
        {{"MessageID", &message_id_}, {"TransactionGroup", &group_}, {"From", &from_}, {"To", &to_}}};
    for (const auto &[known, value] : fields) {
        if (name != known)
            continue;
        if (!value->empty())
            throw xml_.refusal("asexml_structure", "the header says it twice", kSendOne);
        field_ = value;
    }
}

// What holds data of another kind, or stands elsewhere, must not go by unread.
void MessageReader::start_csv(std::string_view name) {
    if (!in_transaction_ || (name != "CSVIntervalData" && name != "CSVConsumptionData"))
        throw xml_.refusal("asexml_structure",
                           "data in another element than a transaction's CSVIntervalData or CSVConsumptionData",
                           kSendMeterData);
    in_csv_ = true;
    ++elements_;
}

void MessageReader::text(std::string_view piece) {
    if (in_csv_)
        return mdff_.add(piece);
    if (field_ == nullptr)
        return pass_over(piece);
    *field_ += piece;
    if (field_->size() > kLongestField)
        throw xml_.refusal("asexml_structure", "a field of the header is too long", kSendOne);
}

// Text of elements that say nothing to us; an MDFF among them must not go by unread either.
void MessageReader::pass_over(std::string_view piece) {
    if (stray_.empty())
        piece.remove_prefix(std::min(piece.find_first_not_of(kWhite), piece.size()));
    stray_ += piece.substr(0, kStartOfMdff.size() - stray_.size());
    if (stray_ == kStartOfMdff)
        throw xml_.refusal("asexml_structure", "an MDFF stands outside a transaction's CSVIntervalData or CSVConsumptionData",
                           kSendMeterData);
}

void MessageReader::end(std::string_view) {
    stray_.clear();
    if (in_csv_)
        end_csv();
    if (field_ != nullptr)
        end_header_field();
    if (depth_ == 2)
        in_header_ = in_transactions_ = false;
    if (depth_ == 3)
        in_transaction_ = false;
    --depth_;
}

void MessageReader::end_header_field() {
    *field_ = std::string(trimmed(*field_));
    if (field_ == &group_ && group_ != "MTRD")
        throw xml_.refusal("asexml_group", "the transaction group is " + display_text(group_) + ", not MTRD", kSendMeterData);
    field_ = nullptr;
}

void MessageReader::end_csv() {
    in_csv_ = false;
    mdff_.finish();
    if (member_open_)
        sink_.end();
    member_open_ = false;
}

void MessageReader::add_to_member(std::span<const char> bytes) {
    if (!member_open_) {
        if (static_cast<int>(transaction_ids_.size()) == most_)
            throw xml_.refusal("archive_entries", "the message brings more files than max_archive_entries",
                               "Split the message and send the parts");
        std::string id = transaction_id_;
        std::replace(id.begin(), id.end(), '/', '_');
        sink_.begin(name_ + "/" + std::to_string(elements_) + (id.empty() ? "" : "-") + id + ".csv");
        transaction_ids_.push_back(transaction_id_);
        member_open_ = true;
    }
    sink_.add(bytes);
}

} // namespace nem12::loader
