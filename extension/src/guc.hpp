#pragma once
// The settings of the extension.

namespace nem12 {

enum VersionOrder { kFileCreation, kUpdateDateTime };

// nem12.version_order: which stamp decides first between two versions of a day.
VersionOrder version_order();

// nem12.batch_rows, nem12.batch_bytes: when the batch of parsed rows is full (load/batch.hpp). Both at least 1.
int batch_rows();
int batch_bytes();
// nem12.max_future_hours: how far ahead of now a file may say that it was created; 0: no limit.
int max_future_hours();

// nem12.combine_readings: whether queries that only aggregate readings are answered from buckets of them.
bool combine_readings();

void define_settings(); // once, from _PG_init

} // namespace nem12
