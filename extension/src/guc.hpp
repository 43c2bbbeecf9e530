#pragma once
// The settings of the extension.

namespace nem12 {

enum VersionOrder { kFileCreation, kUpdateDateTime };

// nem12.version_order: which stamp decides first between two versions of a day.
VersionOrder version_order();

void define_settings(); // once, from _PG_init

} // namespace nem12
