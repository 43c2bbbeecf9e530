#include "pg/row_set.hpp"

namespace nem12::pg {

RowSet::RowSet(const char *name, std::span<const Column> columns)
    : relation_(static_cast<EphemeralNamedRelation>(palloc0(sizeof(EphemeralNamedRelationData)))),
      rows_(tuplestore_begin_heap(false, false, work_mem)) {
    TupleDesc description = CreateTemplateTupleDesc(static_cast<int>(columns.size()));
    AttrNumber number = 0;
    for (const Column &column : columns)
        TupleDescInitEntry(description, ++number, column.name, column.type, -1, 0);
    relation_->md.name = pstrdup(name);
    relation_->md.tupdesc = description;
    relation_->md.enrtype = ENR_NAMED_TUPLESTORE;
    relation_->reldata = rows_;
    if (const int result = SPI_register_relation(relation_); result != SPI_OK_REL_REGISTER)
        elog(ERROR, "nem12: rows of the name \"%s\": %s", name, SPI_result_code_string(result));
}

void RowSet::add(const Datum *values, const bool *nulls) {
    // It only reads them, but does not say so before PostgreSQL 17.
    tuplestore_putvalues(rows_, relation_->md.tupdesc, const_cast<Datum *>(values), const_cast<bool *>(nulls));
    relation_->md.enrtuples += 1;
}

void RowSet::clear() {
    tuplestore_clear(rows_);
    relation_->md.enrtuples = 0;
}

void RowSet::close() {
    SPI_unregister_relation(relation_->md.name);
    tuplestore_end(rows_);
}

} // namespace nem12::pg
