#include "fakes/failing_disk.hpp"

#include <sqlite3.h>

#include <optional>
#include <stdexcept>

namespace batchctl::fakes {

struct FailingDisk::Parts {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  std::optional<DiskFault> fault;
  int left = 0;  // calls until it fails
  bool failed = false;
  bool read_only = false;
  std::chrono::microseconds waited{};

  /// SQLITE_OK, or what this call fails with.
  int next(DiskCall call, DiskFile in) {
    if (!fault || fault->call != call || (fault->in != DiskFile::any && fault->in != in)) return SQLITE_OK;
    if (left > 0) --left;
    if (left > 0 || (failed && !fault->lasting)) return SQLITE_OK;
    failed = true;
    return fault->code;
  }
};

namespace {

using Parts = FailingDisk::Parts;

/// What SQLite sees as its file; the real one lies behind it.
struct File {
  sqlite3_file base;
  Parts* disk;
  DiskFile kind;
};

File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(&file_of(file) + 1); }
Parts& disk_of(sqlite3_vfs* vfs) { return *static_cast<Parts*>(vfs->pAppData); }

/// The same method of the real file, unless it is this call's turn to fail.
template <class Method, class... Arguments>
int through(DiskCall call, sqlite3_file* file, Method method, Arguments... arguments) {
  const int code = file_of(file).disk->next(call, file_of(file).kind);
  return code != SQLITE_OK ? code : (real_of(file)->pMethods->*method)(real_of(file), arguments...);
}

template <class Method, class... Arguments>
auto straight(sqlite3_file* file, Method method, Arguments... arguments) {
  return (real_of(file)->pMethods->*method)(real_of(file), arguments...);
}

using M = sqlite3_io_methods;

int close_file(sqlite3_file* file) { return straight(file, &M::xClose); }
int read(sqlite3_file* file, void* bytes, int n, sqlite3_int64 at) {
  return through(DiskCall::read, file, &M::xRead, bytes, n, at);
}
int write(sqlite3_file* file, const void* bytes, int n, sqlite3_int64 at) {
  const int code = file_of(file).disk->next(DiskCall::write, file_of(file).kind);
  const int written = straight(file, &M::xWrite, bytes, code == SQLITE_OK ? n : n / 2, at);
  return code == SQLITE_OK ? written : code;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) { return through(DiskCall::truncate, file, &M::xTruncate, size); }
int sync(sqlite3_file* file, int) { return file_of(file).disk->next(DiskCall::sync, file_of(file).kind); }
int size(sqlite3_file* file, sqlite3_int64* bytes) { return through(DiskCall::size, file, &M::xFileSize, bytes); }
int lock(sqlite3_file* file, int level) { return through(DiskCall::lock, file, &M::xLock, level); }
int unlock(sqlite3_file* file, int level) { return straight(file, &M::xUnlock, level); }
int is_reserved(sqlite3_file* file, int* yes) { return straight(file, &M::xCheckReservedLock, yes); }
int control(sqlite3_file* file, int what, void* value) { return straight(file, &M::xFileControl, what, value); }
int sector(sqlite3_file* file) { return straight(file, &M::xSectorSize); }
int device(sqlite3_file* file) { return straight(file, &M::xDeviceCharacteristics); }
int share(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  return through(DiskCall::share, file, &M::xShmMap, region, bytes, extend, memory);
}
int share_lock(sqlite3_file* file, int offset, int n, int flags) {
  if ((flags & SQLITE_SHM_UNLOCK) != 0) return straight(file, &M::xShmLock, offset, n, flags);
  return through(DiskCall::lock, file, &M::xShmLock, offset, n, flags);
}
void share_barrier(sqlite3_file* file) { straight(file, &M::xShmBarrier); }
int share_end(sqlite3_file* file, int remove) { return straight(file, &M::xShmUnmap, remove); }
int fetch(sqlite3_file*, sqlite3_int64, int, void** page) {
  *page = nullptr;  // no memory map: every read is a read
  return SQLITE_OK;
}
int unfetch(sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; }

constexpr sqlite3_io_methods kMethods = {3,          close_file,    read,        write,   truncate, sync,   size,
                                         lock,       unlock,        is_reserved, control, sector,   device, share,
                                         share_lock, share_barrier, share_end,   fetch,   unfetch};

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  Parts& disk = disk_of(vfs);
  File& made = file_of(file);
  made.base.pMethods = nullptr;
  made.disk = &disk;
  made.kind = (flags & SQLITE_OPEN_WAL) != 0 ? DiskFile::wal : DiskFile::database;
  if (const int code = disk.next(DiskCall::open, made.kind); code != SQLITE_OK) return code;
  if (disk.read_only) {
    int is_there = 0;
    disk.real->xAccess(disk.real, name, SQLITE_ACCESS_EXISTS, &is_there);
    if (is_there == 0) return SQLITE_CANTOPEN;
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  }
  const int code = disk.real->xOpen(disk.real, name, real_of(file), flags, out_flags);
  if (code == SQLITE_OK) made.base.pMethods = &kMethods;
  return code;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  static_cast<void>(sync_directory);
  const int code = disk_of(vfs).next(DiskCall::remove, DiskFile::any);
  return code != SQLITE_OK ? code : disk_of(vfs).real->xDelete(disk_of(vfs).real, name, 0);
}
int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  return disk_of(vfs).real->xAccess(disk_of(vfs).real, name, flags, result);
}
int full_path(sqlite3_vfs* vfs, const char* name, int n, char* out) {
  return disk_of(vfs).real->xFullPathname(disk_of(vfs).real, name, n, out);
}
int randomness(sqlite3_vfs* vfs, int n, char* out) { return disk_of(vfs).real->xRandomness(disk_of(vfs).real, n, out); }
int no_sleep(sqlite3_vfs* vfs, int microseconds) {
  disk_of(vfs).waited += std::chrono::microseconds{microseconds};
  return microseconds;
}
int current_time(sqlite3_vfs* vfs, double* out) { return disk_of(vfs).real->xCurrentTime(disk_of(vfs).real, out); }
int last_error(sqlite3_vfs* vfs, int n, char* out) {
  return disk_of(vfs).real->xGetLastError(disk_of(vfs).real, n, out);
}
int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* out) {
  return disk_of(vfs).real->xCurrentTimeInt64(disk_of(vfs).real, out);
}

}  // namespace

FailingDisk::FailingDisk() : parts_(std::make_unique<Parts>()) {
  Parts& disk = *parts_;
  disk.real = sqlite3_vfs_find(nullptr);
  if (disk.real == nullptr) throw std::runtime_error("SQLite has no disk");
  sqlite3_vfs& vfs = disk.vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + disk.real->szOsFile;
  vfs.mxPathname = disk.real->mxPathname;
  vfs.zName = "failing";
  vfs.pAppData = &disk;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = no_sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time_ms;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) throw std::runtime_error("SQLite does not take the failing disk");
}

FailingDisk::~FailingDisk() {
  sqlite3_vfs_unregister(&parts_->vfs);
  sqlite3_vfs_register(parts_->real, 1);
}

void FailingDisk::fail(const DiskFault& fault) {
  parts_->fault = fault;
  parts_->left = fault.nth;
  parts_->failed = false;
}

void FailingDisk::be_read_only() { parts_->read_only = true; }

bool FailingDisk::heal() {
  parts_->fault.reset();
  parts_->read_only = false;
  return has_failed();
}

bool FailingDisk::has_failed() const { return parts_->failed; }

std::chrono::microseconds FailingDisk::waited() const { return parts_->waited; }

}  // namespace batchctl::fakes
