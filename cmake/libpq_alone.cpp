// What Debian's static libpq calls of libraries that exist there as shared ones only: Kerberos
// (GSSAPI) and LDAP, which a static program has not. Each says that it failed, and libpq goes on
// without or tells it (PostgreSQL, 34.1.2: gssencmode, 34.18: LDAP lookup of connection
// parameters).

namespace {

constexpr unsigned failure = 13U << 16U;  // GSS_S_FAILURE (RFC 2744, 3.9.1)
constexpr int local_error = 82;           // LDAP_LOCAL_ERROR

}  // namespace

extern "C" {

void* GSS_C_NT_HOSTBASED_SERVICE = nullptr;

unsigned gss_acquire_cred(...) {
  return failure;
}
unsigned gss_delete_sec_context(...) {
  return failure;
}
unsigned gss_display_status(...) {
  return failure;
}
unsigned gss_import_name(...) {
  return failure;
}
unsigned gss_init_sec_context(...) {
  return failure;
}
unsigned gss_release_buffer(...) {
  return failure;
}
unsigned gss_release_cred(...) {
  return failure;
}
unsigned gss_release_name(...) {
  return failure;
}
unsigned gss_unwrap(...) {
  return failure;
}
unsigned gss_wrap(...) {
  return failure;
}
unsigned gss_wrap_size_limit(...) {
  return failure;
}

int ldap_count_entries(...) {
  return -1;
}
const char* ldap_err2string(...) {
  return "this program has no LDAP";
}
void* ldap_first_entry(...) {
  return nullptr;
}
void* ldap_get_values_len(...) {
  return nullptr;
}
void* ldap_init(...) {
  return nullptr;
}
int ldap_msgfree(...) {
  return local_error;
}
int ldap_result(...) {
  return -1;
}
int ldap_search_st(...) {
  return local_error;
}
int ldap_set_option(...) {
  return local_error;
}
int ldap_simple_bind(...) {
  return -1;
}
int ldap_unbind(...) {
  return local_error;
}
void ldap_value_free_len(...) {}
}
