#include "node/port/net_internal.h"

#include <stdlib.h>

/* Append a segment to a joined text; too long: false. */
static bool append(char *text, size_t *n, char separator, const uint8_t *p, size_t len, bool first)
{
	if (*n + len + (first ? 0 : 1) > NET_PATH_MAX)
		return false;
	if (!first)
		text[(*n)++] = separator;
	memcpy(text + *n, p, len);
	*n += len;
	text[*n] = 0;
	return true;
}

static void read_block(const uint8_t *p, size_t n, coap_block_t *b)
{
	unsigned v = coap_decode_var_bytes(p, n);

	b->num = v >> 4;
	b->m = v >> 3 & 1;
	b->szx = v & 7;
}

void net_read_options(const coap_pdu_t *pdu, struct net_options *o)
{
	coap_opt_iterator_t it;
	coap_opt_t *opt;
	bool first_path = true, first_query = true;

	o->path_n = o->query_n = o->etag_n = 0;
	o->path[0] = o->query[0] = 0;
	o->content_format = o->accept = NET_FORMAT_NONE;
	o->observe = -1;
	o->has_block1 = o->has_block2 = o->too_long = false;
	o->size1 = 0;
	coap_option_iterator_init(pdu, &it, COAP_OPT_ALL);
	while ((opt = coap_option_next(&it))) {
		const uint8_t *p = coap_opt_value(opt);
		size_t n = coap_opt_length(opt);

		switch (it.number) {
		case COAP_OPTION_URI_PATH:
			o->too_long |= !append(o->path, &o->path_n, '/', p, n, first_path);
			first_path = false;
			break;
		case COAP_OPTION_URI_QUERY:
			o->too_long |= !append(o->query, &o->query_n, '&', p, n, first_query);
			first_query = false;
			break;
		case COAP_OPTION_CONTENT_FORMAT:
			o->content_format = (int)coap_decode_var_bytes(p, n);
			break;
		case COAP_OPTION_ACCEPT:
			o->accept = (int)coap_decode_var_bytes(p, n);
			break;
		case COAP_OPTION_OBSERVE:
			o->observe = (int)coap_decode_var_bytes(p, n);
			break;
		case COAP_OPTION_BLOCK1:
			read_block(p, n, &o->block1);
			o->has_block1 = true;
			break;
		case COAP_OPTION_BLOCK2:
			read_block(p, n, &o->block2);
			o->has_block2 = true;
			break;
		case COAP_OPTION_SIZE1:
			o->size1 = coap_decode_var_bytes8(p, n);
			break;
		case COAP_OPTION_ETAG:
			o->etag_n = n <= sizeof(o->etag) ? n : sizeof(o->etag);
			memcpy(o->etag, p, o->etag_n);
			break;
		default:
			break;
		}
	}
}

void net_add_uint(coap_pdu_t *pdu, coap_option_num_t number, uint64_t v)
{
	uint8_t buf[8];
	unsigned n = coap_encode_var_safe8(buf, sizeof(buf), v);

	coap_add_option(pdu, number, n, buf);
}

void net_add_block(coap_pdu_t *pdu, coap_option_num_t number, unsigned num, bool more)
{
	net_add_uint(pdu, number, (uint64_t)num << 4 | (more ? 8u : 0u) | BLOCK_SZX);
}

static void add_cut(coap_pdu_t *pdu, coap_option_num_t number, const char *text, char separator)
{
	while (*text) {
		const char *end = strchr(text, separator);
		size_t n = end ? (size_t)(end - text) : strlen(text);

		if (n > 0 || number != COAP_OPTION_URI_QUERY) /* libcoap answers an empty Uri-Query with a reset */
			coap_add_option(pdu, number, n, (const uint8_t *)text);
		text += n + (end ? 1 : 0);
	}
}

void net_add_path(coap_pdu_t *pdu, const char *path)
{
	add_cut(pdu, COAP_OPTION_URI_PATH, path, '/');
}

void net_add_query(coap_pdu_t *pdu, const char *query)
{
	if (query)
		add_cut(pdu, COAP_OPTION_URI_QUERY, query, '&');
}
