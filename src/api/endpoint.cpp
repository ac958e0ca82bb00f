#include "api/endpoint.hpp"

namespace tg::api {

std::string_view method_word(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::delete_:
      return "DELETE";
  }
  return "GET";
}

}  // namespace tg::api
