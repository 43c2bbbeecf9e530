#pragma once
// What keeps the loader from loading right now, by component ("redis", "database", "spool"): the reasons of /readyz.

#include <map>
#include <mutex>
#include <string>

namespace nem12::loader {

class Troubles {
public:
    // An empty reason: the component is well again. Logs the edge (component_troubled, component_well), not every call.
    void set(const std::string &component, const std::string &reason);
    std::map<std::string, std::string> all() const; // reasons by component; empty: ready

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> reasons_;
};

} // namespace nem12::loader
