#include "load/details.hpp"

extern "C" {
#include "common/hashfn.h"
#include "utils/inval.h"
}

#include "load/sql.hpp"

namespace nem12::load {
namespace {

constexpr uint32 kSlots = 16384;    // direct-mapped, a power of two; 2 MB at most
constexpr size_t kMaxContent = 120; // a longer 200 record is rare and is looked up each time

struct Slot {
    BatchChannel *pending; // in the batch being filled: its details_id may still change
    int32 details_id;
    uint8 size; // 0: empty
    char content[kMaxContent];
};

Slot *slots = nullptr;
bool any_remembered = false;
Oid slots_of = InvalidOid;

Slot &slot_of(uint32 hash) {
    if (slots == nullptr)
        slots = static_cast<Slot *>(MemoryContextAllocZero(TopMemoryContext, sizeof(Slot) * kSlots));
    return slots[hash & (kSlots - 1)];
}

bool holds(const Slot &slot, const BatchChannel *channel) {
    return slot.size != 0 && std::string_view{slot.content, slot.size} == channel->content;
}

// Every field of a 200 record in one text; fields hold no line feed, so the text is unambiguous.
std::string_view join_fields(const mdff::ChannelDetails &details) {
    const std::string_view fields[] = {details.nmi,         details.nmi_suffix,      details.nmi_configuration,
                                       details.register_id, details.mdm_data_stream, details.meter_serial,
                                       details.uom};
    size_t size = 16;
    for (std::string_view field : fields)
        size += field.size() + 1;
    char *joined = static_cast<char *>(palloc(size));
    char *out = joined;
    for (std::string_view field : fields) {
        memcpy(out, field.data(), field.size());
        out += field.size();
        *out++ = '\n';
    }
    const int32 numbers[] = {details.interval_length, details.next_scheduled_read.days};
    memcpy(out, numbers, sizeof numbers);
    out += sizeof numbers;
    return {joined, static_cast<size_t>(out - joined)};
}

void forget_on_invalidation(Datum, Oid table) {
    if (table == slots_of || table == InvalidOid)
        forget_details();
}

} // namespace

void identify_channel(BatchChannel *channel, const mdff::ChannelDetails &details) {
    const std::string_view content = join_fields(details);
    channel->hash = hash_bytes(reinterpret_cast<const unsigned char *>(content.data()), static_cast<int>(content.size()));
    channel->details_id = static_cast<int32>(channel->hash);
    channel->same = channel;
    if (content.size() > kMaxContent) {
        pfree(const_cast<char *>(content.data()));
        return;
    }
    channel->content = content;
    Slot &slot = slot_of(channel->hash);
    if (holds(slot, channel)) {
        if (slot.pending != nullptr)
            channel->same = slot.pending;
        channel->details_id = slot.details_id;
        channel->is_known = true; // now, or as soon as the pending one is
        return;
    }
    if (slot.pending != nullptr)
        return; // the slot is taken by another channel of this batch
    any_remembered = true;
    slot.pending = channel;
    slot.details_id = channel->details_id;
    slot.size = static_cast<uint8>(content.size());
    memcpy(slot.content, content.data(), content.size());
}

void store_details(Batch &batch) {
    bool any_unknown = false;
    for (int i = 0; i < batch.channel_count(); ++i)
        any_unknown |= !batch.channels()[i]->is_known;
    if (any_unknown) {
        // Numbers taken by other content come back; each round settles at least those that do not.
        int32 *taken = nullptr;
        for (int count = run_store_details(batch, taken); count > 0; count = run_store_details(batch, taken)) {
            CHECK_FOR_INTERRUPTS();
            for (int i = 0; i < count; ++i) {
                BatchChannel *channel = batch.channels()[taken[i]];
                channel->details_id = static_cast<int32>(static_cast<uint32>(channel->details_id) + 1);
            }
        }
    }
    for (int i = 0; i < batch.channel_count(); ++i) {
        BatchChannel *channel = batch.channels()[i];
        if (channel->same == channel && !channel->content.empty()) {
            Slot &slot = slot_of(channel->hash);
            if (slot.pending == channel) {
                slot.details_id = channel->details_id;
                slot.pending = nullptr;
            }
        }
        channel->is_known = true;
    }
}

void forget_details() {
    if (any_remembered)
        memset(static_cast<void *>(slots), 0, sizeof(Slot) * kSlots);
    any_remembered = false;
}

void remember_details_of(Oid table) {
    static bool is_registered = false;
    if (!is_registered) {
        CacheRegisterRelcacheCallback(forget_on_invalidation, Datum{0});
        is_registered = true;
    }
    if (table != slots_of) {
        forget_details();
        slots_of = table;
    }
}

} // namespace nem12::load
