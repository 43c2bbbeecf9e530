#include "intake/copy.hpp"

namespace nem12::loader {

Copy::Copy(const IngestConfig &config, std::string name, std::filesystem::path temp, bool validate) {
    copied_.name = std::move(name);
    copied_.temp = TempFile(std::move(temp));
    if (copied_.temp)
        file_ = create_file(copied_.temp.path());
    if (validate)
        validator_.emplace(config);
}

void Copy::add(std::span<const char> bytes) {
    if (file_)
        write_all(file_.get(), {bytes.data(), bytes.size()}, copied_.temp.path());
    sha_.add(bytes);
    copied_.bytes += static_cast<int64_t>(bytes.size());
    if (validator_)
        validator_->add(bytes);
}

Copied Copy::finish() {
    if (file_)
        sync_file(file_.get(), copied_.temp.path());
    copied_.sha256 = sha_.finish();
    if (validator_)
        copied_.verdict = validator_->finish();
    return std::move(copied_);
}

void CopiedMembers::begin(std::string_view display_name) {
    current_.emplace(config_, display_text(display_name), spool_.temp_path(), true);
}

void CopiedMembers::add(std::span<const char> bytes) {
    room_ -= static_cast<int64_t>(bytes.size());
    if (room_ < 0)
        throw FileError("the files in this archive do not fit into the spool now (spool_max_bytes)");
    current_->add(bytes);
}

void CopiedMembers::end() {
    members_.push_back(current_->finish());
    current_.reset();
}

void CopiedMembers::came_in_message(std::string_view message_id, std::span<const std::string> transaction_ids) {
    set_message(members_, message_id, transaction_ids, [](Copied &copied) -> Copied & { return copied; });
}

} // namespace nem12::loader
