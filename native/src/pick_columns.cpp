// Some columns of a text table, so that nothing has to be parsed that nobody asked for.
#include <cstdint>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "visibility.hpp"

namespace {

constexpr std::int64_t kBlock = 64;

struct Marks {
  std::uint64_t blank;  // bit by bit, for 64 characters
  std::uint64_t newline;
};

#ifdef __SSE2__
Marks marks_of(const char* text) {
  const __m128i space = _mm_set1_epi8(' '), tab = _mm_set1_epi8('\t'), end = _mm_set1_epi8('\n');
  Marks marks{0, 0};
  for (int part = 0; part < 4; ++part) {
    const __m128i c = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + 16 * part));
    const __m128i blank = _mm_or_si128(_mm_cmpeq_epi8(c, space), _mm_cmpeq_epi8(c, tab));
    const auto bits = [](__m128i mask) {
      return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(mask)));
    };
    marks.blank |= bits(blank) << (16 * part);
    marks.newline |= bits(_mm_cmpeq_epi8(c, end)) << (16 * part);
  }
  return marks;
}
#else
Marks marks_of(const char* text) {
  Marks marks{0, 0};
  for (int i = 0; i < kBlock; ++i) {
    const auto bit = std::uint64_t{1} << i;
    if (text[i] == ' ' || text[i] == '\t') marks.blank |= bit;
    if (text[i] == '\n') marks.newline |= bit;
  }
  return marks;
}
#endif

bool is_within_entry(char c) { return c != ' ' && c != '\t' && c != '\n'; }

// Takes the entries of one row after the other, and copies those in the wanted places.
class Picker {
 public:
  Picker(const std::int32_t* places, std::int32_t n_place, std::int32_t n_column, char* out)
      : places_(places), n_place_(n_place), n_column_(n_column), out_(out) {}

  void entry(const char* first) {
    if (n_picked_ < n_place_ && n_entry_ == places_[n_picked_]) {
      ++n_picked_;
      while (is_within_entry(*first)) *out_++ = *first++;
      *out_++ = n_picked_ < n_place_ ? ' ' : '\n';
    }
    ++n_entry_;
  }

  // Whether the row that ends here is blank or has as many entries as there are columns.
  bool end_row() {
    const bool good = n_entry_ == 0 || n_entry_ == n_column_;
    n_entry_ = n_picked_ = 0;
    return good;
  }

  char* out() const { return out_; }

 private:
  const std::int32_t* places_;
  std::int32_t n_place_, n_column_, n_entry_ = 0, n_picked_ = 0;
  char* out_;
};

}  // namespace

// text (n_byte,) are rows of entries between spaces and tabs, each ended by a newline, the last one
// too. The entries in the `places`, which increase, are written to `out` (n_byte,) with one space
// between them, a line for each row that is not blank. Returns the bytes written, or -1 where a row
// has other than n_column entries.
extern "C" HALOGRAD_EXPORT std::int64_t halograd_pick_columns(
    const char* text, std::int64_t n_byte, const std::int32_t* places, std::int32_t n_place,
    std::int32_t n_column, char* out) {
  Picker picker(places, n_place, n_column, out);
  std::uint64_t after_gap = 1;  // whether the character before was no part of an entry
  char rest[kBlock];
  for (std::int64_t start = 0; start < n_byte; start += kBlock) {
    const char* block = text + start;
    if (n_byte - start < kBlock) {
      std::memset(rest, ' ', kBlock);
      std::memcpy(rest, block, n_byte - start);
      block = rest;
    }
    const Marks marks = marks_of(block);
    const std::uint64_t gap = marks.blank | marks.newline;
    const std::uint64_t first = ~gap & ((gap << 1) | after_gap);
    after_gap = gap >> (kBlock - 1);
    for (std::uint64_t left = first | marks.newline; left != 0; left &= left - 1) {
      const int at = __builtin_ctzll(left);
      if ((marks.newline >> at & 1) == 0) {
        picker.entry(text + start + at);
      } else if (!picker.end_row()) {
        return -1;
      }
    }
  }
  return picker.out() - out;
}
