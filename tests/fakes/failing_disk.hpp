// A disk that fails when it is told to: while one of these lives, every database that SQLite opens by its usual name
// goes through it (a VFS of SQLite's, registered as the default). Everything else is done by the real disk, except what
// costs a test its time: nothing is synced, and waiting for a lock takes no time.
#pragma once

#include <chrono>
#include <memory>

namespace batchctl::fakes {

enum class DiskCall { open, read, write, sync, truncate, size, lock, share, remove };

enum class DiskFile { any, database, wal };

struct DiskFault {
  DiskCall call = DiskCall::write;
  int code = 0;          // SQLite's, as the disk would say it: SQLITE_FULL, SQLITE_IOERR_FSYNC, …
  int nth = 1;           // counted from `fail`; 1 = the next one
  bool lasting = false;  // and all that follow, until `heal`
  DiskFile in = DiskFile::any;
};

class FailingDisk {
 public:
  FailingDisk();
  ~FailingDisk();
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

  /// A write that fails has written its first half.
  void fail(const DiskFault& fault);
  /// From now on files may be opened for reading alone, and none be made.
  void be_read_only();
  /// Everything works again. True when anything had failed.
  bool heal();
  bool has_failed() const;
  /// How long SQLite would have slept, waiting for locks.
  std::chrono::microseconds waited() const;

  struct Parts;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace batchctl::fakes
