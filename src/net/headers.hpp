// The header fields of a message, in order. All text is stored in one buffer that keeps its
// capacity when cleared, so that the next request of a connection allocates nothing for its fields.
//
//   headers.set("Content-Type", "application/json");
//   if (headers.lists("Connection", "close")) ...
//   for (const auto& [name, value] : headers) ...
//
// Views returned by get() and iteration are valid until the next change. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tg::net {

class Headers {
 public:
  using Field = std::pair<std::string_view, std::string_view>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  // Both may be views into this object.
  void add(std::string_view name, std::string_view value);
  // Replaces all fields of that name.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  // Removes the fields for which the predicate is true of their name.
  template <typename Wanted>
  void remove_if(Wanted wanted) {
    std::erase_if(places_, [&](const Place& place) { return wanted(field(place).first); });
  }
  // The first value of that name (case-insensitive); empty if there is none.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // Whether a comma-separated value lists the token ("gzip", "close"; case-insensitive). A token
  // with the weight zero ("gzip;q=0") does not count.
  bool lists(std::string_view name, std::string_view word) const;
  std::size_t size() const { return places_.size(); }
  bool empty() const { return places_.empty(); }
  void clear();

 private:
  struct Place {
    std::uint32_t at;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  Field field(const Place& place) const {
    const std::string_view all = bytes_;
    return {all.substr(place.at, place.name_size),
            all.substr(place.at + place.name_size, place.value_size)};
  }

  std::string bytes_;  // name and value of each field, one after the other
  std::vector<Place> places_;

 public:
  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Field operator*() const { return headers_->field(headers_->places_[at_]); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++at_;
      return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    friend class Headers;
    Iterator(const Headers* headers, std::size_t at) : headers_(headers), at_(at) {}
    const Headers* headers_ = nullptr;
    std::size_t at_ = 0;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, places_.size()}; }
};

}  // namespace tg::net
