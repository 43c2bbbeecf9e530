#include "database/copy_out.hpp"

#include <cstdint>

namespace nem12::loader {
namespace {

// PostgreSQL's binary COPY: a signature, flags, an extension with its length; then rows, each the number of its columns and for
// each column its length and bytes; -1 columns end it. Numbers in network order.
constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr size_t kFlags = 4;
constexpr int kEnd = -1;

// Takes big-endian integers and bytes off the front of a message.
class Fields {
public:
    explicit Fields(std::string_view message) : left_(message) {}

    bool empty() const { return left_.empty(); }
    std::string_view take(size_t size) {
        if (size > left_.size())
            throw DatabaseError(ErrorClass::kInternal, "", "the server's binary COPY cannot be read");
        const std::string_view bytes = left_.substr(0, size);
        left_.remove_prefix(size);
        return bytes;
    }
    template <class Integer>
    Integer number() {
        uint32_t value = 0;
        for (const char byte : take(sizeof(Integer)))
            value = value << 8 | static_cast<unsigned char>(byte);
        return static_cast<Integer>(value);
    }

private:
    std::string_view left_;
};

const char *options_of(CopyOut::Format format) {
    return format == CopyOut::Format::kCsv ? "FORMAT csv, HEADER" : "FORMAT binary";
}

} // namespace

CopyOut::CopyOut(PgConnection &connection, const std::string &query, Format format, Patience patience)
    : connection_(connection), format_(format), patience_(patience) {
    const std::string statement = "COPY (" + query + ") TO STDOUT (" + options_of(format) + ")";
    connection_.send(statement.c_str(), {});
    const PgResult result = connection_.next_result(patience_);
    if (PQresultStatus(result.get()) != PGRES_COPY_OUT) {
        connection_.next_result(patience_); // the end of the statement: the connection is free again
        connection_.fail(result.get());
    }
}

CopyOut::~CopyOut() {
    if (!ended_)
        connection_.close();
}

bool CopyOut::read_row() {
    row_ = connection_.next_copy_row(patience_);
    if (row_.bytes)
        return true;
    const PgResult result = connection_.next_result(patience_);
    connection_.next_result(patience_);
    ended_ = true;
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        connection_.fail(result.get());
    return false;
}

// Null where the message has no row.
std::string_view CopyOut::text_in(std::string_view message) {
    Fields fields(message);
    if (!begun_) {
        if (fields.take(kSignature.size()) != kSignature)
            throw DatabaseError(ErrorClass::kInternal, "", "the server's answer is no binary COPY");
        fields.take(kFlags);
        fields.take(fields.number<uint32_t>());
        begun_ = true;
    }
    if (fields.empty() || fields.number<int16_t>() == kEnd)
        return {};
    return fields.take(fields.number<uint32_t>());
}

bool CopyOut::next(std::string_view &row) {
    while (read_row()) {
        row = format_ == Format::kText ? text_in(row_.view()) : row_.view();
        if (row.data() != nullptr)
            return true;
    }
    return false;
}

} // namespace nem12::loader
