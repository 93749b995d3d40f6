#include "casd/http/metrics_listener.hpp"

#include <utility>
// <utility> before Boost.Asio 1.74, which forgets it under C++20.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <thread>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/address.hpp"

namespace sconectl::casd {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using diag::Error;
using diag::ErrorKind;

constexpr std::size_t most_scrapers = 16;
constexpr std::uint32_t longest_scrape_header = 8U * 1024;
/// For a request, for its answer, and between two requests.
constexpr std::chrono::seconds scraper_patience{10};
constexpr std::chrono::milliseconds before_next_accept{100};

tcp::endpoint metrics_endpoint(const std::string& address) {
  const Error wrong(ErrorKind::usage, "'" + address + "' is not an address of the form IP:PORT");
  try {
    const auto parsed = text::parse_address(address, {.otherwise = std::nullopt, .least = 0});
    boost::system::error_code failure;
    const auto ip = asio::ip::make_address(
        parsed.host == "localhost" ? std::string("127.0.0.1") : parsed.host, failure);
    if (failure) throw wrong;
    return {ip, parsed.port};
  } catch (const Error&) {
    throw wrong;
  }
}

using Answer = http::response<http::string_body>;

Answer answer_to_scraper(http::status status, std::string body) {
  Answer answer(status, 11);
  answer.set(http::field::content_type, "text/plain; charset=utf-8");
  answer.set(http::field::cache_control, "no-store");
  answer.body() = std::move(body);
  return answer;
}

Answer answer_to_scraper(const http::request<http::empty_body>& request,
                         const MetricsListener::Scrape& scrape) {
  const auto target = request.target();
  if (target.substr(0, target.find('?')) != "/metrics")
    return answer_to_scraper(http::status::not_found, "there is only /metrics here\n");
  if (request.method() != http::verb::get) {
    auto answer = answer_to_scraper(http::status::method_not_allowed, "only GET is allowed here\n");
    answer.set(http::field::allow, "GET");
    return answer;
  }
  try {
    auto answer = answer_to_scraper(http::status::ok, scrape());
    answer.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    return answer;
  } catch (const std::exception&) {
    return answer_to_scraper(http::status::internal_server_error, "there are no figures now\n");
  }
}

}  // namespace

struct MetricsListener::Loop {
  Loop(const tcp::endpoint& at, Scrape the_scrape)
      : scrape(std::move(the_scrape)), acceptor(io), pause(io) {
    acceptor.open(at.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(at);
    acceptor.listen();
    const auto bound = acceptor.local_endpoint();
    address = text::Address{bound.address().to_string(), bound.port()}.authority();
  }

  void accept();
  void accept_later();

  const Scrape scrape;
  std::string address;
  std::size_t open = 0;  ///< scrapers; of the thread alone, as long as it runs
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::thread thread;
};

namespace {

/// One client: request after request.
class Scraper : public std::enable_shared_from_this<Scraper> {
 public:
  Scraper(MetricsListener::Loop& loop, tcp::socket socket)
      : loop_(loop), stream_(std::move(socket)), buffer_(longest_scrape_header) {
    ++loop_.open;
  }
  ~Scraper() { --loop_.open; }
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(longest_scrape_header);
    stream_.expires_after(scraper_patience);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code failure, std::size_t) {
                       self->on_request(failure);
                     });
  }

 private:
  void on_request(beast::error_code failure) {
    const bool is_http =
        failure.category() == http::make_error_code(http::error::bad_method).category();
    if (failure && (!is_http || failure == http::error::end_of_stream)) return;
    if (failure) {
      answer_ =
          answer_to_scraper(http::status::bad_request, "this is no request that is allowed\n");
      answer_.keep_alive(false);
    } else {
      answer_ = answer_to_scraper(parser_->get(), loop_.scrape);
      // Of a HEAD, a client would take the text for the next answer; and nobody keeps a place that
      // others wait for.
      answer_.keep_alive(parser_->get().keep_alive() &&
                         parser_->get().method() != http::verb::head && loop_.open < most_scrapers);
    }
    answer_.prepare_payload();
    stream_.expires_after(scraper_patience);
    http::async_write(stream_, answer_,
                      [self = shared_from_this()](beast::error_code unsent, std::size_t) {
                        if (unsent) return;
                        if (self->answer_.keep_alive()) return self->read();
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, unsent);
                      });
  }

  MetricsListener::Loop& loop_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  Answer answer_;
};

}  // namespace

void MetricsListener::Loop::accept() {
  acceptor.async_accept([this](boost::system::error_code failure, tcp::socket socket) {
    if (failure == asio::error::operation_aborted) return;
    if (failure) return accept_later();
    if (open < most_scrapers) std::make_shared<Scraper>(*this, std::move(socket))->read();
    accept();
  });
}

/// Out of file descriptors, most likely.
void MetricsListener::Loop::accept_later() {
  pause.expires_after(before_next_accept);
  pause.async_wait([this](boost::system::error_code failure) {
    if (!failure) accept();
  });
}

MetricsListener::MetricsListener(const std::string& address, Scrape scrape) {
  const auto at = metrics_endpoint(address);
  try {
    loop_ = std::make_unique<Loop>(at, std::move(scrape));
  } catch (const boost::system::system_error& error) {
    throw Error(ErrorKind::unavailable, "can not listen on " + address + " for metrics",
                {error.code().message()});
  }
  loop_->accept();
  loop_->thread = std::thread([loop = loop_.get()] { loop->io.run(); });
}

MetricsListener::~MetricsListener() {
  loop_->io.stop();
  loop_->thread.join();
}

const std::string& MetricsListener::address() const {
  return loop_->address;
}

}  // namespace sconectl::casd
