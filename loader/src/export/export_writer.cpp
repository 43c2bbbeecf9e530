#include "export/export_writer.hpp"

#include <stdexcept>

namespace nem12::loader {

namespace {

constexpr std::string_view kHeader = "100", kChannel = "200", kRead = "250", kDay = "300", kEnd = "900"; // MDFF 4, 5
constexpr std::string_view kLineEnd = "\r\n";

std::string_view up_to_comma(std::string_view text) { return text.substr(0, text.find(',')); }

} // namespace

ExportWriter::ExportWriter(const ExportRequest &request, Destination &destination)
    : format_(request.format), destination_(destination), missing_(request.nmis.begin(), request.nmis.end()) {}

void ExportWriter::take(std::string_view row) {
    if (format_ == ExportFormat::kCsv)
        take_csv(row);
    else
        take_record(row);
}

void ExportWriter::take_record(std::string_view record) {
    const std::string_view indicator = record.substr(0, 3);
    if (indicator == kHeader) {
        header_ = record;
        header_ += kLineEnd;
        return;
    }
    if (indicator == kEnd) {
        ended_ = true;
        return;
    }
    if (indicator == kChannel || indicator == kRead)
        begin(up_to_comma(record.substr(indicator.size() + 1)));
    units_ += indicator == kDay || indicator == kRead ? 1 : 0;
    write_line(record);
}

void ExportWriter::take_csv(std::string_view line) {
    if (header_.empty()) {
        header_ = line;
        return;
    }
    begin(up_to_comma(line));
    ++units_;
    write(line);
}

void ExportWriter::begin(std::string_view nmi) {
    if (file_ != nullptr && nmi == nmi_)
        return;
    nmi_ = nmi;
    ++nmis_;
    if (const auto asked = missing_.find(nmi); asked != missing_.end())
        missing_.erase(asked);
    if (file_ != nullptr && !destination_.per_nmi())
        return;
    if (file_ != nullptr)
        end_file();
    file_ = &destination_.open(destination_.per_nmi() ? nmi_ : std::string());
    write(header_);
}

void ExportWriter::write(std::string_view bytes) {
    if (file_ == nullptr)
        throw std::runtime_error("the export does not begin with a channel");
    file_->write(bytes);
    bytes_ += static_cast<int64_t>(bytes.size());
}

void ExportWriter::write_line(std::string_view record) {
    write(record);
    write(kLineEnd);
}

void ExportWriter::end_file() {
    if (format_ != ExportFormat::kCsv)
        write_line(kEnd);
    destination_.end_file();
    file_ = nullptr;
}

void ExportWriter::finish() {
    if (format_ != ExportFormat::kCsv && !ended_)
        throw std::runtime_error("the server's answer ended before its 900 record");
    if (file_ != nullptr)
        end_file();
}

} // namespace nem12::loader
