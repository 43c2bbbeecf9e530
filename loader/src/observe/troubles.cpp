#include "observe/troubles.hpp"

#include "log/log.hpp"

namespace nem12::loader {

void Troubles::set(const std::string &component, const std::string &reason) {
    const std::lock_guard lock(mutex_);
    const auto known = reasons_.find(component);
    if (reason.empty()) {
        if (known != reasons_.end()) {
            reasons_.erase(known);
            log_event(LogLevel::kInfo, "component_well", component + " works again", {{"component", component}});
        }
        return;
    }
    if (known == reasons_.end()) {
        log_event(LogLevel::kWarning, "component_troubled", component + ": " + reason, {{"component", component}});
    }
    reasons_[component] = mask_secrets(reason);
}

std::map<std::string, std::string> Troubles::all() const {
    const std::lock_guard lock(mutex_);
    return reasons_;
}

} // namespace nem12::loader
