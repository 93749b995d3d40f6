#include "sconectl/oci/compression.hpp"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <vector>

#include "sconectl/diag/error.hpp"

namespace sconectl::oci {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 16U;
/// Of zlib: a header and checksum of gzip instead of its own.
constexpr int gzip_window = 15 + 16;
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";

[[noreturn]] void damaged_layer(const char* why) {
  throw diag::Error(diag::ErrorKind::invalid,
                    std::string("the compressed bytes are damaged: ") + why);
}

Bytef* as_bytes(const char* text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text));  // zlib does not write to its input
}

}  // namespace

struct Gzip::State {
  z_stream stream{};
  std::array<char, buffer_size> buffer{};
};

Gzip::Gzip(Sink out) : out_(std::move(out)), state_(std::make_unique<State>()) {
  constexpr int memory_level = 8;
  if (deflateInit2(&state_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw diag::Error(diag::ErrorKind::failed, "zlib can not compress");
}

Gzip::~Gzip() {
  deflateEnd(&state_->stream);
}

void Gzip::run(std::string_view part, int flush) {
  z_stream& stream = state_->stream;
  stream.next_in = as_bytes(part.data());
  stream.avail_in = static_cast<uInt>(part.size());
  do {
    stream.next_out = as_bytes(state_->buffer.data());
    stream.avail_out = static_cast<uInt>(buffer_size);
    (void)deflate(&stream, flush);
    if (stream.avail_out < buffer_size)
      out_({state_->buffer.data(), buffer_size - stream.avail_out});
  } while (stream.avail_out == 0);
}

void Gzip::take(std::string_view part) {
  constexpr std::size_t most = std::size_t{1} << 30U;
  for (; part.size() > most; part.remove_prefix(most)) run(part.substr(0, most), Z_NO_FLUSH);
  run(part, Z_NO_FLUSH);
}

void Gzip::finish() {
  run({}, Z_FINISH);
}

class Decompress::Form {
 public:
  Form() = default;
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;
  virtual ~Form() = default;
  virtual void take(std::string_view part) = 0;
  virtual void finish() = 0;
};

class Decompress::Plain final : public Form {
 public:
  explicit Plain(const Sink& out) : out_(out) {}
  void take(std::string_view part) override { out_(part); }
  void finish() override {}

 private:
  const Sink& out_;
};

class Decompress::Gunzip final : public Form {
 public:
  explicit Gunzip(const Sink& out) : out_(out), buffer_(buffer_size) {
    if (inflateInit2(&stream_, gzip_window) != Z_OK)
      throw diag::Error(diag::ErrorKind::failed, "zlib can not decompress");
  }
  ~Gunzip() override { inflateEnd(&stream_); }

  void take(std::string_view part) override {
    stream_.next_in = as_bytes(part.data());
    stream_.avail_in = static_cast<uInt>(part.size());
    do {
      // Another member may follow the first.
      if (ended_ && stream_.avail_in > 0) {
        inflateReset(&stream_);
        ended_ = false;
      }
      stream_.next_out = as_bytes(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        damaged_layer(stream_.msg != nullptr ? stream_.msg : "no gzip");
      if (const auto made = buffer_.size() - stream_.avail_out; made > 0)
        out_({buffer_.data(), made});
      ended_ = status == Z_STREAM_END;
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
  }
  void finish() override {
    if (!ended_) damaged_layer("the end is missing");
  }

 private:
  const Sink& out_;
  std::vector<char> buffer_;
  z_stream stream_{};
  bool ended_ = false;
};

class Decompress::Unzstd final : public Form {
 public:
  explicit Unzstd(const Sink& out)
      : out_(out), buffer_(ZSTD_DStreamOutSize()), stream_(ZSTD_createDStream()) {}
  ~Unzstd() override { ZSTD_freeDStream(stream_); }

  void take(std::string_view part) override {
    ZSTD_inBuffer in{part.data(), part.size(), 0};
    ZSTD_outBuffer out{};
    do {
      out = {buffer_.data(), buffer_.size(), 0};
      left_ = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(left_) != 0) damaged_layer(ZSTD_getErrorName(left_));
      if (out.pos > 0) out_({buffer_.data(), out.pos});
    } while (in.pos < in.size || out.pos == out.size);
  }
  void finish() override {
    if (left_ != 0) damaged_layer("the end is missing");
  }

 private:
  const Sink& out_;
  std::vector<char> buffer_;
  ZSTD_DStream* stream_;
  std::size_t left_ = 1;  ///< 0 at the end of a frame
};

Decompress::Decompress(Sink out) : out_(std::move(out)) {}
Decompress::~Decompress() = default;

void Decompress::choose() {
  if (begin_.starts_with(gzip_magic)) {
    form_ = std::make_unique<Gunzip>(out_);
  } else if (begin_.starts_with(zstd_magic)) {
    form_ = std::make_unique<Unzstd>(out_);
  } else {
    form_ = std::make_unique<Plain>(out_);
  }
  form_->take(begin_);
  begin_.clear();
}

void Decompress::take(std::string_view part) {
  if (form_) return form_->take(part);
  begin_ += part;
  if (begin_.size() >= zstd_magic.size()) choose();
}

void Decompress::finish() {
  if (!form_) choose();
  form_->finish();
}

}  // namespace sconectl::oci
