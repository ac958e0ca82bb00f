// The endpoint table of a contract: one row per method. The server mounts it, the client calls by
// it, the OpenAPI document describes it and the contract tests walk it. Constant data: thread-safe.
//
//   class Documents {
//    public:
//     virtual Task<Result<Document>> get(Call call, DocumentId in) = 0;
//   };
//   template <>
//   inline constexpr auto kEndpoints<Documents> = endpoints(
//       endpoint<&Documents::get>({.name = "get", .method = Method::get, .path = "/documents/{id}",
//                                  .needs = Scope::read, .repeatable = true}), ...);
//
// Where an input field comes from is computed here, at compile time: names in braces from the path;
// Upload members from the multipart file; with GET and DELETE, and for names listed in `query`,
// from the query string; everything else from the JSON body (or a multipart body's form fields). A
// mistake calls a non-constexpr function whose name states it, which stops the compilation.
#pragma once

#include <array>
#include <chrono>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include "api/call.hpp"
#include "api/stream.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "runtime/task.hpp"

namespace tg::api {

enum class Method { get, post, put, delete_ };
BOOST_DESCRIBE_ENUM(Method, get, post, put, delete_)
std::string_view method_word(Method method);  // "GET"

enum class From { path, query, body, upload };

// An endpoint's scope has no default: a row without one does not compile.
class Needs {
 public:
  consteval Needs(Scope scope) : scope_(scope) {}
  constexpr operator Scope() const { return scope_; }

 private:
  Scope scope_;
};

struct Spec {
  std::string_view name;
  Method method;
  std::string_view path;
  Needs needs;
  bool repeatable;  // idempotent: may be sent again after a lost answer
  std::string_view summary = {};
  std::chrono::milliseconds deadline = std::chrono::seconds(10);  // zero: none (event streams)
  int status = 200;
  std::size_t body_limit = 1 << 20;
  // Fields, separated by spaces, that are read from the query string; with a leading '?', from the
  // query string or the body.
  std::string_view query = {};
  std::string_view body_field = {};  // the whole body is this field (an array, say)
  bool through_gateway = true;
  // Errors that do not follow from the rest of the row; for the OpenAPI document.
  bool may_conflict = false;        // 409: the current state does not allow it
  bool may_be_unsupported = false;  // 501: for some inputs, by a table entry of base/missing.hpp
};

// Input or output of a call that has none.
struct Nothing {};
BOOST_DESCRIBE_STRUCT(Nothing, (), ())

// An array on the wire, with the count of all in X-Total-Count.
template <typename T>
struct Listed {
  std::vector<T> items;
  std::int64_t total = 0;
};

// The success envelope of the telegram service.
template <typename T>
struct Enveloped {
  bool success = true;
  std::string message;
  T data;
  BOOST_DESCRIBE_CLASS(Enveloped, (), (success, message, data), (), ())
};

// The whole reply or, if the input asks for it, a stream of events. The Content-Type of the
// response tells which.
template <typename T, typename E>
using ReplyOrStream = std::variant<T, Stream<E>>;

// Text that is not JSON (metrics, the OpenAPI page): written as it is.
struct TextReply {
  std::string content_type;
  std::string text;
};

template <typename T>
inline constexpr bool is_listed = false;
template <typename T>
inline constexpr bool is_listed<Listed<T>> = true;
template <typename T>
inline constexpr bool is_stream = false;
template <typename T>
inline constexpr bool is_stream<std::shared_ptr<StreamSource<T>>> = true;
template <typename T>
struct StreamItem;
template <typename T>
struct StreamItem<std::shared_ptr<StreamSource<T>>> {
  using type = T;
};

template <typename T>
inline constexpr bool is_reply_or_stream = false;
template <typename T, typename E>
inline constexpr bool is_reply_or_stream<ReplyOrStream<T, E>> = true;
// The two forms of such an output.
template <typename T>
using WholeOf = std::variant_alternative_t<0, T>;
template <typename T>
using StreamOf = std::variant_alternative_t<1, T>;

template <typename M>
struct MethodTraits;
template <typename S, typename I, typename O>
struct MethodTraits<Task<Result<O>> (S::*)(Call, I)> {
  using Service = S;
  using In = I;
  using Out = O;
};
template <auto M>
using ServiceOf = typename MethodTraits<decltype(M)>::Service;
template <auto M>
using InOf = typename MethodTraits<decltype(M)>::In;
template <auto M>
using OutOf = typename MethodTraits<decltype(M)>::Out;

// Whether two methods are the same, for hooks that treat one method differently. (Pointers to
// virtual methods cannot be compared at compile time.)
template <auto M>
struct MethodTag {};
template <auto A, auto B>
inline constexpr bool is_same_method = std::is_same_v<MethodTag<A>, MethodTag<B>>;

template <typename T>
inline constexpr std::size_t field_count = boost::mp11::mp_size<json::MembersOf<T>>::value;

template <auto M>
struct Endpoint {
  static constexpr auto method = M;
  Spec spec;
  std::array<From, field_count<InOf<M>>> from;
};

namespace detail {

// Not constexpr on purpose: the name of the one reached at compile time is the error message.
inline void a_path_name_is_no_field_of_the_input() {}
inline void an_upload_cannot_be_repeatable() {}
inline void a_query_field_must_be_plain() {}
inline void the_path_must_start_with_a_slash() {}

constexpr bool path_names(std::string_view path, std::string_view field) {
  std::size_t at = 0;
  while ((at = path.find('{', at)) != std::string_view::npos) {
    std::string_view name = path.substr(at + 1, path.find('}', at) - at - 1);
    if (name.ends_with("...")) name.remove_suffix(3);
    if (name == field) return true;
    ++at;
  }
  return false;
}

constexpr bool lists(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    if (end == std::string_view::npos) break;
    words.remove_prefix(end + 1);
  }
  return false;
}

template <typename T>
inline constexpr bool is_plain =
    std::is_arithmetic_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, UnixMillis> ||
    std::is_same_v<T, Uuid> || json::DescribedEnum<T>;
template <typename T>
inline constexpr bool is_plain<std::optional<T>> = is_plain<T>;
template <typename T>
inline constexpr bool is_plain<std::vector<T>> = is_plain<T>;

}  // namespace detail

template <auto M>
consteval Endpoint<M> endpoint(Spec spec) {
  using In = InOf<M>;
  Endpoint<M> row{spec, {}};
  if (!spec.path.starts_with('/')) detail::the_path_must_start_with_a_slash();
  std::size_t index = 0;
  std::size_t in_path = 0;
  boost::mp11::mp_for_each<json::MembersOf<In>>([&](auto d) {
    using Member = std::remove_cvref_t<decltype(std::declval<In&>().*d.pointer)>;
    const std::string_view name = json::wire_word(d.name);
    From from = From::body;
    if (detail::path_names(spec.path, name)) {
      from = From::path;
      ++in_path;
    } else if (std::is_same_v<Member, Upload> || std::is_same_v<Member, std::optional<Upload>>) {
      from = From::upload;
      if (spec.repeatable) detail::an_upload_cannot_be_repeatable();
    } else if (spec.method == Method::get || spec.method == Method::delete_ ||
               detail::lists(spec.query, name)) {
      from = From::query;
    }
    if ((from == From::query || from == From::path) && !detail::is_plain<Member>) {
      detail::a_query_field_must_be_plain();
    }
    row.from[index++] = from;
  });
  std::size_t braces = 0;
  for (const char c : spec.path) braces += c == '{' ? 1U : 0U;
  if (braces != in_path) detail::a_path_name_is_no_field_of_the_input();
  return row;
}

// Inherits from every row, so that a method's row is found by overload resolution.
template <auto... Ms>
struct Endpoints : Endpoint<Ms>... {
  constexpr explicit Endpoints(Endpoint<Ms>... rows) : Endpoint<Ms>(rows)... {}
  static constexpr std::size_t size = sizeof...(Ms);
  template <typename F>
  constexpr void each(F&& f) const {
    (f(static_cast<const Endpoint<Ms>&>(*this)), ...);
  }
};

template <auto... Ms>
consteval auto endpoints(Endpoint<Ms>... rows) {
  return Endpoints<Ms...>(rows...);
}

template <typename Service>
inline constexpr auto kEndpoints = nullptr;  // specialised by each contract

template <auto M>
constexpr const Endpoint<M>& endpoint_of() {
  return kEndpoints<ServiceOf<M>>;
}

}  // namespace tg::api
