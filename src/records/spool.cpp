#include "records/spool.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "records/container.hpp"
#include "records/line_reader.hpp"

namespace batchctl {

namespace {

constexpr std::size_t kPiece = 1U << 20U;
constexpr auto kOwnerOnly = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

Fatal bad(const std::string& shown_path, std::string_view what) {
  return {ExitCode::failed, "bad_input", fmt::format("{}: {}", shown_path, what), "Make or fetch the file again."};
}

class Output {
 public:
  explicit Output(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
    if (!file_) throw unwritable(errno);
    // Questions are the user's own; where the mode cannot be set the private directory has to do.
    std::error_code ignored;
    std::filesystem::permissions(path, kOwnerOnly, ignored);
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  }
  void write(std::string_view bytes) {
    errno = 0;
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) throw unwritable(errno);
    written_ += bytes.size();
  }
  std::uint64_t finish() {
    errno = 0;
    if (std::fclose(file_.release()) != 0) throw unwritable(errno);
    return written_;
  }

 private:
  Fatal unwritable(int reason) const {
    return {ExitCode::failed, "disk", fmt::format("cannot write {}: {}", path_, std::strerror(reason)),
            "Make room on that disk and submit again."};
  }

  std::string path_;
  FileHandle file_;
  std::uint64_t written_ = 0;
};

constexpr std::size_t kTold = 1U << 10U;  // bytes that tell what a file is

/// Plain bytes as lines of JSON: decides by the first ones, then copies or converts.
class RecordLines {
 public:
  RecordLines(const Settings& settings, std::string shown_path, Output& output)
      : settings_(settings), shown_path_(std::move(shown_path)), output_(output) {}

  void write(std::string_view bytes) {
    if (decided_) return pass(bytes);
    first_ += bytes;
    if (first_.size() >= kTold && first_.find_first_not_of(" \t\r\n") != std::string::npos) decide();
  }
  /// The suffix.
  std::string_view finish() {
    if (!decided_) decide();
    if (converter_) converter_->finish();
    return suffix_;
  }

 private:
  void pass(std::string_view bytes) {
    if (converter_)
      converter_->take(bytes);
    else
      output_.write(bytes);
  }
  void decide() {
    std::string_view bytes = first_;
    const bool marked = bytes.starts_with(kByteOrderMark);
    if (marked) bytes.remove_prefix(kByteOrderMark.size());
    const Container container = container_of(settings_, shown_path_, bytes);
    converter_ =
        converter_for(container, settings_, shown_path_, [this](std::string_view rows) { output_.write(rows); });
    suffix_ = suffix_of(container);
    decided_ = true;
    pass(converter_ ? bytes : std::string_view(first_));
    first_.clear();
  }

  const Settings& settings_;
  std::string shown_path_;
  Output& output_;
  std::string first_;
  std::unique_ptr<Converter> converter_;
  std::string_view suffix_;
  bool decided_ = false;
};

/// Takes pieces of what came in and writes what they mean.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual void take(std::string_view piece, RecordLines& output) = 0;
  virtual void finish() {}
};

class PlainDecoder : public Decoder {
 public:
  void take(std::string_view piece, RecordLines& output) override { output.write(piece); }
};

class GzipDecoder : public Decoder {
 public:
  explicit GzipDecoder(std::string shown_path) : shown_path_(std::move(shown_path)), out_(kPiece) {
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw bad(shown_path_, "zlib could not be started");
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  void take(std::string_view piece, RecordLines& output) override {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    while (stream_.avail_in > 0) {
      if (between_members_ && !begin_member()) return;
      inflate_once(output);
    }
  }
  void finish() override {
    if (!between_members_ || members_ == 0)
      throw bad(shown_path_, "the gzip data ends too early: the file is truncated");
  }

 private:
  /// Zeros after the last member are padding, as gzip has it; false when there is nothing else in this piece.
  bool begin_member() {
    while (members_ > 0 && stream_.avail_in > 0 && *stream_.next_in == 0) {
      padded_ = true;
      ++stream_.next_in;
      --stream_.avail_in;
    }
    if (stream_.avail_in == 0) return false;
    if (padded_) throw bad(shown_path_, "damaged gzip data: bytes after the end");
    between_members_ = false;
    return true;
  }
  void inflate_once(RecordLines& output) {
    int state = Z_OK;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      state = inflate(&stream_, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
        throw bad(shown_path_,
                  fmt::format("damaged gzip data: {}", stream_.msg != nullptr ? stream_.msg : "it cannot be read"));
      output.write({out_.data(), out_.size() - stream_.avail_out});
    } while (state == Z_OK && stream_.avail_out == 0);
    if (state != Z_STREAM_END) return;
    ++members_;
    between_members_ = true;
    inflateReset(&stream_);
  }

  std::string shown_path_;
  std::vector<char> out_;
  z_stream stream_{};
  bool between_members_ = true;
  bool padded_ = false;
  int members_ = 0;
};

class ZstdDecoder : public Decoder {
 public:
  explicit ZstdDecoder(std::string shown_path)
      : shown_path_(std::move(shown_path)), out_(kPiece), context_(ZSTD_createDCtx()) {
    if (!context_) throw bad(shown_path_, "Zstandard could not be started");
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, 31);  // files made with --long
  }

  void take(std::string_view piece, RecordLines& output) override {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    bool full = true;
    while (in.pos < in.size || full) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(left) != 0)
        throw bad(shown_path_, fmt::format("damaged Zstandard data: {}", ZSTD_getErrorName(left)));
      output.write({out_.data(), out.pos});
      full = out.pos == out.size;
      inside_ = left != 0;
      any_ = true;
      if (left == 0 && in.pos == in.size) break;
    }
  }
  void finish() override {
    if (inside_ || !any_) throw bad(shown_path_, "the Zstandard data ends too early: the file is truncated");
  }

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  std::string shown_path_;
  std::vector<char> out_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  bool inside_ = false;  // of a frame
  bool any_ = false;
};

std::unique_ptr<Decoder> decoder_for(const ResolvedInput& input, bool regular, std::string_view first_piece) {
  const std::string_view name = input.shown_path;
  if (regular ? name.ends_with(".gz") : first_piece.starts_with(kGzipMagic))
    return std::make_unique<GzipDecoder>(input.shown_path);
  if (regular ? name.ends_with(".zst") : first_piece.starts_with(kZstdMagic))
    return std::make_unique<ZstdDecoder>(input.shown_path);
  return std::make_unique<PlainDecoder>();
}

}  // namespace

Spooled spool(const ResolvedInput& input, const Settings& settings, std::FILE* standard_input, const std::string& to,
              const std::function<bool()>& stopped) {
  const std::string shown = input.path.empty() ? "standard input" : input.shown_path;
  FileHandle opened;
  if (!input.path.empty()) opened = open_for_reading(input.path, shown);
  std::FILE* from = opened ? opened.get() : standard_input;
  const bool named = input.shown_path.ends_with(".gz") || input.shown_path.ends_with(".zst");
  Output output(to);
  RecordLines lines(settings, shown, output);
  std::unique_ptr<Decoder> decoder;
  std::vector<char> buffer(kPiece);
  for (;;) {
    errno = 0;
    const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), from);
    if (got < buffer.size() && std::ferror(from) != 0)
      throw bad(shown, fmt::format("cannot be read: {}", std::strerror(errno)));
    if (stopped && stopped()) throw Fatal(ExitCode::failed, "stopped", fmt::format("{}: stopped", shown));
    const std::string_view piece(buffer.data(), got);
    if (!decoder) decoder = decoder_for({input.path, shown, true}, named, piece);
    if (got > 0) decoder->take(piece, lines);
    if (got < buffer.size()) break;
  }
  decoder->finish();
  const std::string_view suffix = lines.finish();
  return {output.finish(), std::string(suffix)};
}

bool needs_spool(const ResolvedInput& input, const Settings& settings) {
  if (input.needs_spool) return true;
  const FileHandle file = open_for_reading(input.path, input.shown_path);
  std::string first(kTold, '\0');
  first.resize(std::fread(first.data(), 1, first.size(), file.get()));
  std::string_view bytes = first;
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  return container_of(settings, input.shown_path, bytes) != Container::jsonl;
}

}  // namespace batchctl
