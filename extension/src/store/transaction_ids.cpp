// What nem12_changed_days needs to know of transaction ids: which server they are of, and what the 32 bits of a row's xmin
// mean.

#include "pg/boundary.hpp"

extern "C" {
#include "access/transam.h"
#include "access/xlog.h"
#include "utils/xid8.h"
}

namespace nem12::store {

// Of this server and its standbys; another one that was made by initdb has another. pg_upgrade changes it too.
NEM12_FUNCTION(nem12_server_id) { PG_RETURN_INT64(static_cast<int64>(GetSystemIdentifier())); }

// The transaction id that these 32 bits were the last time they came round. A row may be older than that; then it seems younger
// than it is.
NEM12_FUNCTION(nem12_full_xid) {
    const TransactionId xid = PG_GETARG_TRANSACTIONID(0);
    if (!TransactionIdIsNormal(xid))
        PG_RETURN_FULLTRANSACTIONID(FirstNormalFullTransactionId);
    const FullTransactionId next = ReadNextFullTransactionId();
    uint32 epoch = EpochFromFullTransactionId(next);
    if (xid >= XidFromFullTransactionId(next) && epoch > 0)
        --epoch;
    PG_RETURN_FULLTRANSACTIONID(FullTransactionIdFromEpochAndXid(epoch, xid));
}

} // namespace nem12::store
