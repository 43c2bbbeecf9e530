#include "intake/copy.hpp"

namespace nem12::loader {

Copy::Copy(const IngestConfig &config, std::string name, std::filesystem::path temp, bool validate) {
    copied_.name = std::move(name);
    copied_.temp = std::move(temp);
    if (!copied_.temp.empty())
        file_ = create_file(copied_.temp);
    if (validate)
        validator_.emplace(config);
}

void Copy::add(std::span<const char> bytes) {
    if (file_)
        write_all(file_.get(), {bytes.data(), bytes.size()}, copied_.temp);
    sha_.add(bytes);
    copied_.bytes += static_cast<int64_t>(bytes.size());
    if (validator_)
        validator_->add(bytes);
}

Copied Copy::finish() {
    if (file_)
        sync_file(file_.get(), copied_.temp);
    copied_.sha256 = sha_.finish();
    if (validator_)
        copied_.verdict = validator_->finish();
    return std::move(copied_);
}

CopiedMembers::~CopiedMembers() {
    std::error_code none;
    for (const Copied &member : members_)
        std::filesystem::remove(member.temp, none);
    if (current_)
        std::filesystem::remove(current_temp_, none);
}

void CopiedMembers::begin(std::string_view display_name) {
    current_temp_ = spool_.temp_path();
    current_.emplace(config_, display_text(display_name), current_temp_, true);
}

void CopiedMembers::add(std::span<const char> bytes) { current_->add(bytes); }

void CopiedMembers::end() {
    members_.push_back(current_->finish());
    current_.reset();
}

} // namespace nem12::loader
