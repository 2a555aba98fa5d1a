/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's processing URLs: what is read of them. Whether a task exists is
 * not asked but where it decides how a URL is cut.
 */
#include "api/filestack/cdn/grammar/wanted.h"
#include "filestack_chains.h"
#include "unit.h"

#include <glib.h>
#include <malloc.h>

static bool is_key(const void *user, struct str text)
{
	(void)user;
	return str_eq(text, STR("KEY")) || str_eq(text, STR("APIKEY"));
}

/* http://here/files/ is this server's, http://here/ something else. */
static bool is_own(const void *user, struct str authority, struct str *path)
{
	(void)user;
	if (!str_eq(authority, STR("here")) ||
	    !str_starts(*path, STR("/files/")))
		return false;
	*path = str_skip(*path, 6);
	return true;
}

static struct str add(struct arena *arena, struct str to, const char *before,
		      struct str text)
{
	return arena_printf(arena, "%.*s%s%.*s", STR_ARG(to), before,
			    STR_ARG(text));
}

/* "KEY: resize(width=3,b) flip(=) <handle H url http://... > ?query" */
static struct str describe(struct arena *arena, const struct chain *chain)
{
	static const char *const kinds[] = {" handle ", " url ", " alias "};
	struct str all = STR("");
	unsigned tasks = 0, sources = 0;
	if (chain->key.p)
		all = arena_join(arena, chain->key, STR(":"));
	for (const struct chain_task *task = chain->tasks; task;
	     task = task->next, tasks++) {
		all = add(arena, all, " ", task->name);
		if (task->has_equals)
			all = add(arena, all, "(", STR_NONE);
		for (const struct chain_param *param = task->params; param;
		     param = param->next) {
			all = add(arena, all, param == task->params ? "" : "|",
				  param->key);
			if (param->value.p)
				all = add(arena, all, "=", param->value);
		}
		if (task->has_equals)
			all = add(arena, all, ")", STR_NONE);
	}
	all = add(arena, all, chain->is_list ? " [" : " <", STR_NONE);
	for (const struct chain_source *source = chain->sources; source;
	     source = source->next, sources++)
		all = add(arena, all, kinds[source->kind] + (sources == 0),
			  source->text);
	all = add(arena, all, chain->is_list ? "]" : ">", STR_NONE);
	if (chain->query.n)
		all = add(arena, all, " ?", chain->query);
	assert_int_equal(tasks, chain->n_tasks);
	assert_int_equal(sources, chain->n_sources);
	return str_trim(all);
}

static int read_to(struct arena *arena, const char *url, bool stores,
		   struct chain *out, struct err *err)
{
	struct chain_reading in = {.stores = stores,
				   .is_key = is_key,
				   .is_task = cdn_is_task,
				   .is_own = is_own};
	struct str rest = str_of(url);
	in.path = str_split(&rest, '?');
	in.query = rest;
	return chain_read(&in, arena, out, err);
}

static int read_url(struct arena *arena, const char *url, struct chain *out,
		    struct err *err)
{
	return read_to(arena, url, false, out, err);
}

static const struct {
	const char *url, *chain;
} chains[] = {
	{"/H", "<handle H>"},
	{"/KEY/H", "KEY: <handle H>"},
	{"/", "<>"},
	{"", "<>"},
	{"/resize=width:300/H", "resize(width=300) <handle H>"},
	{"/KEY/resize=width:300,fit:crop/flip/H",
	 "KEY: resize(width=300|fit=crop) flip <handle H>"},
	{"/env/resize=w:3/H", "env: resize(w=3) <handle H>"},
	{"/debug/KEY/flip/H", "KEY: debug flip <handle H>"},
	{"/KEY/debug/flip/H", "KEY: debug flip <handle H>"},
	{"/debug/flip/H", "debug flip <handle H>"},
	{"/flip/unknown/H", "flip unknown <handle H>"},
	{"/flip/unknown=a:1/H", "flip unknown(a=1) <handle H>"},
	{"/cache=false/H", "cache(false) <handle H>"},
	{"/resize=/H", "resize() <handle H>"},
	{"/resize=width:/H", "resize(width=) <handle H>"},
	{"/resize=,w:1,/H", "resize(w=1) <handle H>"},
	{"/flip//resize=w:1//H/", "flip resize(w=1) <handle H>"},
	{"/H?dl=true&&policy=P", "<handle H> ?dl=true&&policy=P"},
	{"/H?fit:crop/quality=value:75/flip",
	 "<handle H> ?fit:crop/quality=value:75/flip"},
	/* tasks without a source */
	{"/KEY/flip", "KEY: flip <>"},
	{"/security=p:P,s:S/text_sentiment=text:%22so%20good%22,language:en",
	 "security(p=P|s=S) text_sentiment(text=so good|language=en) <>"},
	/* what is behind and before a handle */
	{"/H/metadata?size=true", "metadata <handle H> ?size=true"},
	{"/KEY/H/metadata", "KEY: metadata <handle H>"},
	{"/KEY/metadata/H", "KEY: metadata <handle H>"},
	{"/KEY/metadata", "KEY: metadata <>"},
	{"/file/H/metadata", "metadata <handle H>"},
	{"/api/file/H/metadata", "metadata <handle H>"},
	{"/api/file/H+name.png?key=K", "<handle H> ?key=K"},
	{"/flip/H+png", "flip <handle H>"},
	/* values */
	{"/crop=dim:[1,2,[3,4]],x:1/H", "crop(dim=[1,2,[3,4]]|x=1) <handle H>"},
	{"/crop=d:%5B10%2C20%2C200%5D/H", "crop(d=[10,20,200]) <handle H>"},
	{"/crop=d[10,20,30,40]/H", "crop(d=[10,20,30,40]) <handle H>"},
	{"/metadata=[size,width]/H", "metadata(=[size,width]) <handle H>"},
	{"/store=path:\"/a/b,c\",filename:%22x/y.png%22/H",
	 "store(path=/a/b,c|filename=x/y.png) <handle H>"},
	{"/store=path:\"a?b\"/H", "store(path=a?b) <handle H>"},
	{"/store=filename:a%2Cb%20c/H", "store(filename=a,b c) <handle H>"},
	{"/store=filename:a%2522/H", "store(filename=a%22) <handle H>"},
	{"/store=filename:5\"x,path:a\"b\"/H",
	 "store(filename=5\"x|path=a\"b\") <handle H>"},
	{"/store=path:\"a/H", "store(path=\"a) <handle H>"},
	{"/fallback=handle:http:test.com/H",
	 "fallback(handle=http:test.com) <handle H>"},
	{"/collage=files:[\"A/1\",\"B,2\"],w:1/H",
	 "collage(files=[\"A/1\",\"B,2\"]|w=1) <handle H>"},
	/* chains and tasks that are encoded as a whole */
	{"/resize=width:100%2Fflip/H", "resize(width=100) flip <handle H>"},
	{"/resize=width:100%2Fflip%2FH", "resize(width=100) flip <handle H>"},
	{"/KEY%2Fflip%2FH", "KEY: flip <handle H>"},
	{"/store=path:%2Fa%2Fb/H", "store(path=/a/b) <handle H>"},
	{"/resize%3Dwidth%3A100%2Cheight%3A20/H",
	 "resize(width=100|height=20) <handle H>"},
	{"/resize=width%3A100%2Cheight%3A20/H",
	 "resize(width=100|height=20) <handle H>"},
	/* a slash that should have been encoded */
	{"/security=policy:eyJ/fQ==,signature:ab/flip/H",
	 "security(policy=eyJ/fQ==|signature=ab) flip <handle H>"},
	{"/flip/security=signature:ab,policy:ey/J/+9/flip/H",
	 "flip security(signature=ab|policy=ey/J/+9) flip <handle H>"},
	{"/security=s:ab,p:eyJleHBpcnkiOjQ2NTM2NTE2MDB9/PyJ9/flip/H",
	 "security(s=ab|p=eyJleHBpcnkiOjQ2NTM2NTE2MDB9) PyJ9 flip <handle H>"},
	{"/security=s:ab,p:eyJleHBpcnkiOjQ2NTM2NTE2MD/PyJ9/flip/H",
	 "security(s=ab|p=eyJleHBpcnkiOjQ2NTM2NTE2MD/PyJ9) flip <handle H>"},
	{"/watermark=file:folder/logo.png,size:5/flip/H",
	 "watermark(file=folder/logo.png|size=5) flip <handle H>"},
	{"/store=path:/a/b/,filename:c/H",
	 "store(path=/a/b/|filename=c) <handle H>"},
	{"/watermark=file:https://e.com/a.png,size:3/H",
	 "watermark(file=https://e.com/a.png|size=3) <handle H>"},
	{"/watermark=file:a/b/logo.png/H",
	 "watermark(file=a/b/logo.png) <handle H>"},
	{"/watermark=file:0123456789abcdefghij/nothing/H",
	 "watermark(file=0123456789abcdefghij) nothing <handle H>"},
	{"/watermark=file:a/b,size:5/nothing/H",
	 "watermark(file=a/b|size=5) nothing <handle H>"},
	/* URLs */
	{"/KEY/flip/https://e.com/a/flip/b.png?x=1&y=/2",
	 "KEY: flip <url https://e.com/a/flip/b.png?x=1&y=/2>"},
	{"/KEY/https:/e.com/a.png", "KEY: <url https://e.com/a.png>"},
	{"/KEY/flip/https%3A%2F%2Fe.com%2Fa%2520b%3Fx=1?dl=true",
	 "KEY: flip <url https://e.com/a%20b?x=1> ?dl=true"},
	{"/KEY/flip/https:%2F%2Fe.com%2Fa.jpg",
	 "KEY: flip <url https://e.com/a.jpg>"},
	{"/KEY/flip/\"https://e.com/a.png?x=1,2\"?dl=true",
	 "KEY: flip <url https://e.com/a.png?x=1,2> ?dl=true"},
	{"/KEY/%22https://e.com/a.png%22&dl=true",
	 "KEY: <url https://e.com/a.png> ?dl=true"},
	{"/KEY/%22https%3A%2F%2Fe.com%2Fa.png%3Fx%22",
	 "KEY: <url https://e.com/a.png?x>"},
	{"/KEY/flip/www.example.com/a.jpg?b",
	 "KEY: flip <url http://www.example.com/a.jpg?b>"},
	{"/favicon.ico", "<handle favicon.ico>"},
	{"/KEY/flip/logo.png", "KEY: flip <handle logo.png>"},
	{"/KEY/flip/src://alias/path/a%20b.jpg?policy=P",
	 "KEY: flip <alias alias/path/a b.jpg> ?policy=P"},
	/* base64: {"name":"flip"}, {"Name":"crop","Params":null} */
	{"/KEY/b64/W3sibmFtZSI6ImZsaXAifSx7Ik5hbWUiOiJjcm9wIiwiUGFyYW1zIjpudWxs"
	 "fV0=/H",
	 "KEY: flip crop <handle H>"},
	/* {"name":"resize","params":{"width":300,"fit":"crop","a":0.5,"b":true,
	 * "c":null,"d":[1,["x,y","\"q\""]]}} */
	{"/b64/W3sibmFtZSI6InJlc2l6ZSIsInBhcmFtcyI6eyJ3aWR0aCI6MzAwLCJmaXQiOiJj"
	 "cm9wIiwiYSI6MC41LCJiIjp0cnVlLCJjIjpudWxsLCJkIjpbMSxbIngseSIsIlwicVwi"
	 "Il1dfX1d/flip/H",
	 "resize(width=300|fit=crop|a=0.5|b=true|d=[1,[\"x,y\",\"\\\"q\\\"\"]])"
	 " "
	 "flip <handle H>"},
	/* {"name":"cache","params":false}, in both alphabets with name "??"
	   "?>>>" */
	{"/b64/W3sibmFtZSI6ImNhY2hlIiwicGFyYW1zIjpmYWxzZX1d/H",
	 "cache(false) <handle H>"},
	{"/b64/W3sibmFtZSI6Ij8/Pz4+PiJ9XQ==/flip/H", "??"
						     "?>>> flip <handle H>"},
	{"/b64/W3sibmFtZSI6Ij8_Pz4-PiJ9XQ%3D%3D/H", "??"
						    "?>>> <handle H>"},
	{"/KEY/b64/W10=/b64://aHR0cHM6Ly9lLmNvbS9hP2I=?dl=true",
	 "KEY: <url https://e.com/a?b> ?dl=true"},
	{"/KEY/flip/b64://SA", "KEY: flip <handle H>"},
	{"/KEY/flip/b64:/c3JjOi8vYS9i", "KEY: flip <alias a/b>"},
	{"/KEY/b64/W3sibmFtZSI6ImZsaXAifV0=", "KEY: flip <>"},
	/* conversions */
	{"/api/file/H/convert?w=50&h=60&fit=crop&crop=0,0,45,45&align=top",
	 "resize(width=50|height=60|fit=crop|align=top) crop(dim=[0,0,45,45]) "
	 "<handle H> ?w=50&h=60&fit=crop&crop=0,0,45,45&align=top"},
	{"/H/convert?crop_first=true&crop=1%2C2%2C3%2C4&width=120",
	 "crop(dim=[1,2,3,4]) resize(width=120) <handle H> "
	 "?crop_first=true&crop=1%2C2%2C3%2C4&width=120"},
	{"/KEY/H/convert?w=1&amp;h=2&amp;fit=clip",
	 "KEY: resize(width=1|height=2|fit=clip) <handle H> ?w=1&h=2&fit=clip"},
	{"/H/convert?fit=crop&w=&x=1", "<handle H> ?fit=crop&w=&x=1"},
	{"/H/convert?format=webp&quality=90&rotate=exif&filter=blur"
	 "&blurAmount=3&sharpenAmount=9&compress=true&cache=true",
	 "blur(amount=3) rotate(deg=exif) quality(value=90) "
	 "output(format=webp) compress cache(expiry=max) <handle H> "
	 "?format=webp&quality=90&rotate=exif&filter=blur&blurAmount=3"
	 "&sharpenAmount=9&compress=true&cache=true"},
	{"/H/convert?filter=sharpen&cache=false&compress=false",
	 "sharpen cache(false) <handle H> "
	 "?filter=sharpen&cache=false&compress=false"},
	{"/H/convert?watermark=W&watermark_size=30"
	 "&watermark_position=bottom,right",
	 "watermark(file=W|share=30|position=[bottom,right]) <handle H> "
	 "?watermark=W&watermark_size=30&watermark_position=bottom,right"},
	{"/H/convert?watermark=W&watersize=40&waterposition=top",
	 "watermark(file=W|share=40|position=[top]) <handle H> "
	 "?watermark=W&watersize=40&waterposition=top"},
	{"/H/convert?watermark=W&watermarkSize=9",
	 "watermark(file=W|share=9|position=[bottom,right]) <handle H> "
	 "?watermark=W&watermarkSize=9"},
	{"/H/convert?crop=0,0,0,0&w=3",
	 "resize(width=3) <handle H> ?crop=0,0,0,0&w=3"},
	{"/H/convert?rotate=:exif&w=3&watersize=40",
	 "resize(width=3) rotate(deg=exif) <handle H> "
	 "?rotate=:exif&w=3&watersize=40"},
	{"/H/convert", "<handle H>"},
	{"/flip/https://www.filepicker.io/api/file/H/convert?w=3",
	 "resize(width=3) flip <handle H> ?w=3"},
	/* lists */
	{"/KEY/zip/[A,B,\"https://e.com/a,b?x=1\"]?dl=true",
	 "KEY: zip [handle A handle B url https://e.com/a,b?x=1] ?dl=true"},
	{"/zip/%5BA%2CB%5D", "zip [handle A handle B]"},
	{"/[\"A\", \"B\"]", "[handle A handle B]"},
	{"/KEY/[\"src://a/x\",\"src://b/y\"]", "KEY: [alias a/x alias b/y]"},
	{"/zip/[A]", "zip [handle A]"},
	{"/KEY/zip/[A?policy=P,\"B\"]?dl=1",
	 "KEY: zip [handle A handle B] ?dl=1&policy=P"},
	{"/KEY/zip/[https://e.com/a%2Cb,A]",
	 "KEY: zip [url https://e.com/a%2Cb handle A]"},
	{"/KEY/%5B%22src%3A%2F%2Fa%2Fx%22%2C%22src%3A%2F%2Fb%2Fy%22%5D",
	 "KEY: [alias a/x alias b/y]"},
	/* own URLs */
	{"/KEY/flip/https://cdn.filestackcontent.com/H",
	 "KEY: flip <handle H>"},
	{"/flip/https://www.filepicker.io/api/file/H?policy=P",
	 "flip <handle H> ?policy=P"},
	{"/flip/\"https://cdn.filestackcontent.com/H?policy=P\"?dl=1",
	 "flip <handle H> ?dl=1&policy=P"},
	{"/KEY/flip/http://here/files/H", "KEY: flip <handle H>"},
	{"/flip/https%3A%2F%2Fcdn.filestackcontent.com%2Fcrop%3Dx%3A1%2FH"
	 "%3Fpolicy%3DP?dl=1",
	 "crop(x=1) flip <handle H> ?dl=1&policy=P"},
	{"/KEY/zip/[A,\"https://cdn.filestackcontent.com/B?policy=P\"]",
	 "KEY: zip [handle A handle B] ?policy=P"},
	{"/KEY/b64/W10=/b64://WyJBIiwic3JjOi8vYS9iIl0=",
	 "KEY: [handle A alias a/b]"},
	{"/KEY/flip/http://here/another/H",
	 "KEY: flip <url http://here/another/H>"},
	{"/KEY/flip/http://cdn.filestackcontent.com.example.com/H",
	 "KEY: flip <url http://cdn.filestackcontent.com.example.com/H>"},
	{"/KEY/flip/http://filestackcontent.com:1@e.com/H",
	 "KEY: flip <url http://filestackcontent.com:1@e.com/H>"},
	{"/KEY/flip/http://e.com%2F.filestackcontent.com/H",
	 "KEY: flip <url http://e.com%2F.filestackcontent.com/H>"},
	{"/KEY/flip/http://e.com\\.filestackcontent.com/H",
	 "KEY: flip <url http://e.com\\.filestackcontent.com/H>"},
	{"/KEY/flip/http://filestackcontent.com:8080/H",
	 "KEY: flip <handle H>"},
	{"/KEY/flip/https://process.filestackapi.com/K2/crop=d:[1,2,3,4]/"
	 "https://www.filepicker.io/api/file/H",
	 "KEY: crop(d=[1,2,3,4]) flip <handle H>"},
};

static void check_chain(const char *url, const char *want)
{
	struct arena arena;
	struct chain chain;
	struct err err = {0};
	arena_init(&arena);
	if (read_url(&arena, url, &chain, &err) < 0)
		fail_msg("%s: %s", url, err.text);
	struct str got = describe(&arena, &chain);
	if (!str_eq(got, str_of(want)))
		fail_msg("%s\n got %.*s\nwant %s", url, STR_ARG(got), want);
	arena_release(&arena);
}

static void chain_urls_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(chains); i++)
		check_chain(chains[i].url, chains[i].chain);
}

static void chain_of_each_real_url_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filestack_chains); i++)
		check_chain(filestack_chains[i].url, filestack_chains[i].chain);
}

static void conversion_that_is_posted_stores_once(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"/H/convert?w=3&storeLocation=S3&path=/a&storeAccess=public",
		 "resize(width=3) store(location=S3|path=/a|access=public) "
		 "<handle H> ?w=3&storeLocation=S3&path=/a&storeAccess=public"},
		{"/H/convert", "store <handle H>"},
		{"/flip/https://www.filepicker.io/api/file/H/convert?w=3",
		 "resize(width=3) flip <handle H> ?w=3"},
		{"/flip/H", "flip <handle H>"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct chain chain;
		struct err err;
		arena_init(&arena);
		assert_int_equal(
			read_to(&arena, rows[i][0], true, &chain, &err), 0);
		assert_str(describe(&arena, &chain), str_of(rows[i][1]));
		arena_release(&arena);
	}
}

static const struct {
	const char *url;
	enum err_code code;
} refused[] = {
	{"/KEY/wf://workflow", ERR_UNSUPPORTED},
	{"/KEY/ftp://e.com/a", ERR_INVALID},
	{"/KEY/b64/x!/H", ERR_INVALID},
	{"/KEY/b64/e30=/H", ERR_INVALID},   /* {} */
	{"/KEY/b64/WzFd/H", ERR_INVALID},   /* [1] */
	{"/KEY/b64/W3t9XQ/H", ERR_INVALID}, /* [{}] */
	/* [{"name":"a","params":1}],
	 * [{"name":"a","params":{"b":[[[[[]]]]]}}] */
	{"/KEY/b64/W3sibmFtZSI6ImEiLCJwYXJhbXMiOjF9XQ==/H", ERR_INVALID},
	{"/KEY/b64/W3sibmFtZSI6ImEiLCJwYXJhbXMiOnsiYiI6W1tbW1tdXV1dXX19XQ==/H",
	 ERR_INVALID},
	{"/KEY/b64://", ERR_INVALID},
	{"/KEY/b64://=x", ERR_INVALID},
	{"/zip/[[A],B]", ERR_INVALID},
	{"/zip/[A,\"https://cdn.filestackcontent.com/flip/H\"]",
	 ERR_UNSUPPORTED},
	{"/zip/[A,\"https://cdn.filestackcontent.com/[B,C]\"]",
	 ERR_UNSUPPORTED},
	{"/flip/https://cdn.filestackcontent.com/", ERR_INVALID},
	{"/flip/https://cdn.filestackcontent.com/flip", ERR_INVALID},
	{"/store=path:%ff/H", ERR_INVALID},
	{"/store=%00:a/H", ERR_INVALID},
	{"/fl%ffip=/H", ERR_INVALID},
	{"/flip/fl%ffip=/H", ERR_INVALID},
	{"/%ff", ERR_INVALID},
	{"/flip/https://cdn.filestackcontent.com/"
	 "https://cdn.filestackcontent.com/https://cdn.filestackcontent.com/"
	 "https://cdn.filestackcontent.com/H",
	 ERR_INVALID},
};

static void chain_that_is_none_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct arena arena;
		struct chain chain;
		struct err err = {0};
		arena_init(&arena);
		if (read_url(&arena, refused[i].url, &chain, &err) == 0)
			fail_msg("%s is read", refused[i].url);
		if (err.code != refused[i].code)
			fail_msg("%s: %s: %s", refused[i].url,
				 err_code_name(err.code), err.text);
		arena_release(&arena);
	}
}

/* front, then `middle` until it is a MiB, then back: what takes more than its
 * length in time does not end. */
static const struct {
	const char *front, *middle, *back;
	enum err_code code; /* ERR_NONE: it is read */
} hostile[] = {
	{"/", "flip/", "H", ERR_LIMIT},
	{"/", "/", "H", ERR_NONE},
	{"/", "%2F", "H", ERR_NONE},
	{"/", "flip%2F", "H", ERR_LIMIT},
	{"/x%2F", "a%2F", "/H", ERR_NONE},
	{"/crop=dim:", "[", "/H", ERR_NONE},
	{"/crop=dim:", "[a,", "/H", ERR_LIMIT},
	{"/crop=dim:", "[[a]", "/H", ERR_NONE},
	{"/", "/[", "", ERR_LIMIT},
	{"/", "/%5B", "", ERR_LIMIT},
	{"/", "%2F[", "", ERR_LIMIT},
	{"/", "\"", "", ERR_NONE},
	{"/\"", "\\\"", "", ERR_NONE},
	{"/zip/[\"", "\\\",", "]", ERR_LIMIT},
	{"/", "/\"", "", ERR_NONE},
	{"/crop=dim:", "]", "/H", ERR_NONE},
	{"/resize=", ",", "/H", ERR_NONE},
	{"/resize=", "a,", "/H", ERR_LIMIT},
	{"/resize=", ":", "/H", ERR_NONE},
	{"/resize=", "%3A", "/H", ERR_NONE},
	{"/resize=", "%25", "/H", ERR_NONE},
	{"/resize%3D", "%25", "/H", ERR_NONE},
	{"/resize=", "=", "/H", ERR_NONE},
	{"/resize=width:", "0", "/H", ERR_NONE},
	{"/watermark=file:a", "/b", "/H", ERR_NONE},
	{"/watermark=file:a", "/b,file:c", "/H", ERR_LIMIT},
	{"/zip/[", "A,", "B]", ERR_LIMIT},
	{"/zip/[", ",", "B]", ERR_NONE},
	{"/zip/[", "[", "B]", ERR_NONE},
	{"/b64/", "a/", "H", ERR_INVALID},
	{"/b64/", "W10=/b64/", "H", ERR_INVALID},
	{"/b64/", "W", "/H", ERR_INVALID},
	{"/flip/b64://", "W", "", ERR_INVALID},
	{"/flip/", "src:/", "", ERR_NONE},
	{"/flip/", "https://cdn.filepicker.io/", "H", ERR_INVALID},
	{"/H?", "&", "", ERR_NONE},
	{"/H?", "&amp;", "", ERR_NONE},
	{"/H/convert?", "w=1&", "", ERR_NONE},
	{"/H/convert?", "a&amp;", "", ERR_NONE},
	{"/H/convert?crop=", "1,", "", ERR_NONE},
};

static void chain_of_any_length_is_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct arena arena;
		struct chain chain;
		struct err err = {0};
		GString *url = g_string_new(hostile[i].front);
		while (url->len < 1 << 18)
			g_string_append(url, hostile[i].middle);
		g_string_append(url, hostile[i].back);
		arena_init(&arena);
		(void)!read_url(&arena, url->str, &chain, &err);
		if (err.code != hostile[i].code)
			fail_msg("%s %s: %s: %s", hostile[i].front,
				 hostile[i].middle, err_code_name(err.code),
				 err.text);
		arena_release(&arena);
		g_string_free(url, TRUE);
	}
}

static const struct {
	const char *value;
	long n;
	const char *items; /* joined by "|" */
} lists[] = {
	{"[1,2,3]", 3, "1|2|3"},
	{"[ 1 , 2 ]", 2, "1|2"},
	{"[\"a,b\",\"c]\",\"d\\\"e\\\\\"]", 3, "a,b|c]|d\"e\\"},
	{"[[1,2],[3,4]]", 2, "[1,2]|[3,4]"},
	{"[[1,2,3,4],[\"[\",5]]", 2, "[1,2,3,4]|[\"[\",5]"},
	{"[]", 0, ""},
	{"[ ]", 0, ""},
	{"[,]", 2, "|"},
	{"top", 1, "top"},
	{"", 1, ""},
	{"[[[[1]]]]", 1, "[[[1]]]"},
	{"[[[[[1]]]]]", -1, ""},
	{"[1,2", -1, ""},
	{"[1]2", -1, ""},
	{"[1,2,3,4,5,6]", 6, "1|2|3|4"},
};

/* What is taken now, 0 where that is not known (sanitizers). */
static size_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

static void
chain_of_many_queries_takes_no_more_memory_than_its_url(void **state)
{
	enum {
		URL = 8000
	};
	g_autoptr(GString) url = g_string_new("/[H?");
	struct arena arena;
	struct chain chain;
	struct err err;
	(void)state;
	while (url->len < URL / 2)
		g_string_append_c(url, 'q');
	while (url->len < URL)
		g_string_append(url, ",H?q");
	g_string_append_c(url, ']');
	arena_init(&arena);
	size_t before = memory_in_use();
	assert_int_equal(read_url(&arena, url->str, &chain, &err), 0);
	assert_int_equal(chain.n_sources, 1001);
	assert_true(chain.query.n > URL / 2);
	assert_true(memory_in_use() - before < (size_t)100 * URL);
	arena_release(&arena);
}

static void chain_lists_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct str items[4], all = STR("");
		struct arena arena;
		arena_init(&arena);
		ptrdiff_t n = chain_list(&arena, str_of(lists[i].value), items,
					 COUNT(items));
		for (ptrdiff_t j = 0; j < n && j < (ptrdiff_t)COUNT(items); j++)
			all = add(&arena, all, j ? "|" : "", items[j]);
		assert_int_equal(n, lists[i].n);
		assert_str(all, str_of(lists[i].items));
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_urls_are_read),
		cmocka_unit_test(chain_of_each_real_url_is_read),
		cmocka_unit_test(conversion_that_is_posted_stores_once),
		cmocka_unit_test(chain_that_is_none_is_refused),
		cmocka_unit_test(chain_of_any_length_is_read_or_refused),
		cmocka_unit_test(
			chain_of_many_queries_takes_no_more_memory_than_its_url),
		cmocka_unit_test(chain_lists_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
