#pragma once
// details_id of a channel: a hash of its 200 record, the next number on a collision. What a backend has stored or seen
// committed it remembers, so that in the steady state no statement is run for details.

#include "load/batch.hpp"
#include "mdff/record.hpp"
#include "pg/postgres.hpp"

namespace nem12::load {

// Sets hash, content, same, details_id and is_known of a channel that is new in its batch.
void identify_channel(BatchChannel *channel, const mdff::ChannelDetails &details);

// Stores the batch's unknown channels; afterwards every channel's details_id is final. Call inside SPI.
void store_details(Batch &batch);

// A rollback: remembered rows may be gone.
void forget_details();

// Call when a load begins: the memory belongs to one table, and is dropped with it.
void remember_details_of(Oid table);

} // namespace nem12::load
