// Tasks shared between the calling thread and threads of its own, for calls that XLA does not make.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace halograd {

class OwnThreads {
 public:
  explicit OwnThreads(std::int64_t max_threads) {
    const std::int64_t cores = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
    n_threads_ = max_threads > 0 ? std::min(max_threads, cores) : cores;
  }

  std::int64_t n_threads() const { return n_threads_; }

  // Runs task(0) ... task(n - 1), in any order on any thread; returns when all are done, and throws
  // what one of them threw.
  template <class Task>
  void run(std::int64_t n, const Task& task) const {
    std::atomic<std::int64_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
      try {
        for (std::int64_t i; (i = next.fetch_add(1)) < n;) task(i);
      } catch (...) {
        std::lock_guard<std::mutex> lock(mutex);
        failure = std::current_exception();
        next = n;
      }
    };
    std::vector<std::thread> helpers;
    try {
      for (std::int64_t t = 1; t < std::min(n_threads_, n); ++t) helpers.emplace_back(work);
    } catch (const std::system_error&) {
      // A system that has no more threads to give: those at hand do the work.
    }
    work();
    for (std::thread& helper : helpers) helper.join();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  std::int64_t n_threads_;
};

}  // namespace halograd
