// Names of the services, as used in errors, metrics, settings and the OpenAPI document. Constants.
#pragma once

#include <string_view>

namespace tg::api {

class Auth;
class Documents;
class Embeddings;
class Gateway;
class Generation;
class Models;
class Retrieval;
class Telegram;
class Vectors;

template <typename Service>
inline constexpr std::string_view kServiceName;
template <>
inline constexpr std::string_view kServiceName<Auth> = "auth";
template <>
inline constexpr std::string_view kServiceName<Documents> = "document";
template <>
inline constexpr std::string_view kServiceName<Embeddings> = "embedding";
template <>
inline constexpr std::string_view kServiceName<Gateway> = "gateway";
template <>
inline constexpr std::string_view kServiceName<Generation> = "generation";
template <>
inline constexpr std::string_view kServiceName<Models> = "model";
template <>
inline constexpr std::string_view kServiceName<Retrieval> = "retrieval";
template <>
inline constexpr std::string_view kServiceName<Telegram> = "telegram";
template <>
inline constexpr std::string_view kServiceName<Vectors> = "vector";

}  // namespace tg::api
