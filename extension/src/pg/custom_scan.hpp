#pragma once
// PostgreSQL's tables of callbacks for a custom scan, with what ours need of them.

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/extensible.h"
}

namespace nem12::pg {

// No scan of ours goes back to a mark or has a part in shared memory.
constexpr CustomExecMethods exec_methods(const char *name, decltype(CustomExecMethods::BeginCustomScan) begin,
                                         decltype(CustomExecMethods::ExecCustomScan) execute,
                                         decltype(CustomExecMethods::EndCustomScan) end,
                                         decltype(CustomExecMethods::ReScanCustomScan) rescan,
                                         decltype(CustomExecMethods::ExplainCustomScan) explain) {
    CustomExecMethods methods{};
    methods.CustomName = name;
    methods.BeginCustomScan = begin;
    methods.ExecCustomScan = execute;
    methods.EndCustomScan = end;
    methods.ReScanCustomScan = rescan;
    methods.ExplainCustomScan = explain;
    return methods;
}

// A state of its kind, zeroed; its first member is PostgreSQL's `custom`.
template <class State>
Node *make_state(const CustomExecMethods &methods) {
    auto *state = static_cast<State *>(palloc0(sizeof(State)));
    NodeSetTag(state, T_CustomScanState);
    state->custom.methods = &methods;
    return reinterpret_cast<Node *>(state);
}

} // namespace nem12::pg
