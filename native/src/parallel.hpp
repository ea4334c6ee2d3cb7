// Tasks shared between the calling thread and XLA's thread pool.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "xla/ffi/api/ffi.h"

namespace halograd {

class Team {
 public:
  Team(xla::ffi::ThreadPool& pool, std::int64_t max_threads) : pool_(pool) {
    const std::int64_t available = std::max<std::int64_t>(1, pool.num_threads());
    n_threads_ = max_threads > 0 ? std::min(max_threads, available) : available;
  }

  // Runs task(0) ... task(n - 1), in any order on any thread; returns when all are done.
  template <class Task>
  void run(std::int64_t n, const Task& task) {
    struct Shared {
      std::atomic<std::int64_t> next{0}, done{0};
      std::mutex mutex;
      std::condition_variable finished;
    };
    auto shared = std::make_shared<Shared>();
    // A helper that starts late finds no task left, and then must not touch `task`.
    auto work = [shared, n, &task] {
      std::int64_t mine = 0;
      for (std::int64_t i; (i = shared->next.fetch_add(1)) < n; ++mine) task(i);
      if (mine > 0 && shared->done.fetch_add(mine) + mine == n) {
        std::lock_guard<std::mutex> lock(shared->mutex);
        shared->finished.notify_all();
      }
    };
    const std::int64_t helpers = std::min(n_threads_, n) - 1;
    for (std::int64_t helper = 0; helper < helpers; ++helper) {
      auto copy = work;
      pool_.Schedule(std::move(copy));
    }
    work();
    std::unique_lock<std::mutex> lock(shared->mutex);
    shared->finished.wait(lock, [&] { return shared->done.load() >= n; });
  }

 private:
  xla::ffi::ThreadPool& pool_;
  std::int64_t n_threads_;
};

}  // namespace halograd
