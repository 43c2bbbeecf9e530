#pragma once
// Differences between PostgreSQL 15 and 18, one macro or function each. Nothing else in the extension tests PG_VERSION_NUM.

#if PG_VERSION_NUM >= 160000
extern "C" {
#include "varatt.h" // split off postgres.h in 16
}
#endif

#if PG_VERSION_NUM < 150000
#error "nem12 needs PostgreSQL 15 or later"
#endif
