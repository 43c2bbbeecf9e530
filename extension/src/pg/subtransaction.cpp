#include "pg/subtransaction.hpp"

extern "C" {
#include "utils/resowner.h"
#include "utils/snapmgr.h"
}

namespace nem12::pg {
namespace {

bool is_of_the_rows(int sqlstate) {
    const int category = ERRCODE_TO_CATEGORY(sqlstate);
    return category != ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES) &&
           category != ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) &&
           category != ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR) && category != ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR) &&
           sqlstate != ERRCODE_ASSERT_FAILURE;
}

} // namespace

Caught attempt(void (*body)(void *), void *argument) {
    const MemoryContext context = CurrentMemoryContext;
    const ResourceOwner owner = CurrentResourceOwner;
    ErrorData *volatile error = nullptr;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        PushActiveSnapshot(GetTransactionSnapshot());
        body(argument);
        PopActiveSnapshot();
        ReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = owner;
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = owner;
        if (!is_of_the_rows(error->sqlerrcode))
            ReThrowError(error);
    }
    PG_END_TRY();
    return error;
}

} // namespace nem12::pg
