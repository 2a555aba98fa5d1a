/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is about the request and its answer and not about pixels.
 */
#include "api/filestack/cdn/grammar/build.h"

int cdn_imagesize(struct cdn_build *build, const struct cdn_args *args,
		  struct err *err)
{
	(void)args, (void)err;
	build->out->answer = CDN_IMAGESIZE;
	return 0;
}

int cdn_pdfinfo(struct cdn_build *build, const struct cdn_args *args,
		struct err *err)
{
	(void)args, (void)err;
	build->out->answer = CDN_DOCINFO;
	return 0;
}

int cdn_ocr(struct cdn_build *build, const struct cdn_args *args,
	    struct err *err)
{
	(void)args, (void)err;
	build->out->answer = CDN_OCR;
	return 0;
}

int cdn_debug(struct cdn_build *build, const struct cdn_args *args,
	      struct err *err)
{
	(void)args, (void)err;
	build->out->is_debug = true;
	return 0;
}

/* The fields' names are for whoever knows them. */
static bool add_fields(struct cdn_build *build, struct str list)
{
	struct cdn_wanted *out = build->out;
	size_t left = CDN_FIELDS_MAX - out->n_fields;
	ptrdiff_t n = chain_list(build->arena, list,
				 out->fields + out->n_fields, left);
	if (n < 0 || (size_t)n > left)
		return false;
	out->n_fields += (unsigned)n;
	return true;
}

/* "metadata=p:[size,width]", "metadata=[size]", "metadata=size,width:true" */
int cdn_metadata(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	const struct cdn_task_info *task = &cdn_tasks[CDN_TASK_METADATA];
	build->out->answer = CDN_METADATA;
	build->out->n_fields = 0;
	for (const struct chain_param *param = args->from->params; param;
	     param = param->next) {
		bool is_list =
			param->key.n == 0 ||
			cdn_param_of(task, param->key) == CDN_METADATA_FIELDS;
		if (!is_list && str_eq_nocase(param->value, STR("false")))
			continue;
		if (!add_fields(build, is_list ? param->value : param->key))
			return err_set(err, ERR_INVALID,
				       "invalid list of fields for "
				       "`metadata` task");
	}
	return 0;
}

int cdn_urlscreenshot(struct cdn_build *build, const struct cdn_args *args,
		      struct err *err)
{
	enum {
		MOBILE = 1,
		WINDOW = 1,
		LANDSCAPE = 1
	};
	const struct cdn_value *values = args->values;
	(void)err;
	build->out->screenshot = (struct cdn_screenshot){
		.wanted = true,
		.is_mobile = values[CDN_URLSCREENSHOT_AGENT].word == MOBILE,
		.is_landscape =
			values[CDN_URLSCREENSHOT_ORIENTATION].word == LANDSCAPE,
		.whole_page = values[CDN_URLSCREENSHOT_MODE].word != WINDOW,
		.width = (unsigned)values[CDN_URLSCREENSHOT_WIDTH].number,
		.height = (unsigned)values[CDN_URLSCREENSHOT_HEIGHT].number,
		.delay_ms = (unsigned)values[CDN_URLSCREENSHOT_DELAY].number,
		.device = values[CDN_URLSCREENSHOT_DEVICE].text,
	};
	return 0;
}

int cdn_cache(struct cdn_build *build, const struct cdn_args *args,
	      struct err *err)
{
	const struct cdn_value *expiry = &args->values[CDN_CACHE_EXPIRY];
	const struct cdn_param_info *info =
		&cdn_tasks[CDN_TASK_CACHE].params[CDN_CACHE_EXPIRY];
	struct cdn_wanted *out = build->out;
	(void)err;
	if (args->values[CDN_CACHE_FALSE].number != 0) {
		out->cache = CDN_CACHE_NEVER;
	} else if (expiry->has) {
		out->cache = CDN_CACHE_SECONDS;
		out->cache_seconds =
			(int64_t)(expiry->word >= 0 ? info->most
						    : expiry->number);
	}
	return 0;
}

static void take(const struct cdn_value *value, struct str *out)
{
	if (value->is_given)
		*out = value->text;
}

int cdn_security(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	(void)err;
	take(&args->values[CDN_SECURITY_POLICY], &build->out->policy);
	take(&args->values[CDN_SECURITY_SIGNATURE], &build->out->signature);
	return 0;
}

/* SDKs write it twice, once with the workflows. */
int cdn_store(struct cdn_build *build, const struct cdn_args *args,
	      struct err *err)
{
	const struct cdn_value *values = args->values;
	struct cdn_store *store = &build->out->store;
	(void)err;
	store->wanted = true;
	take(&values[CDN_STORE_FILENAME], &store->filename);
	take(&values[CDN_STORE_MIMETYPE], &store->mimetype);
	take(&values[CDN_STORE_LOCATION], &store->location);
	take(&values[CDN_STORE_PATH], &store->path);
	take(&values[CDN_STORE_CONTAINER], &store->container);
	take(&values[CDN_STORE_REGION], &store->region);
	take(&values[CDN_STORE_ACCESS], &store->access);
	if (values[CDN_STORE_BASE64DECODE].is_given)
		store->base64decode =
			values[CDN_STORE_BASE64DECODE].number != 0;
	return 0;
}

int cdn_fallback(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct cdn_value *file = &values[CDN_FALLBACK_FILE];
	if (!file->has && cdn_args_need(args, CDN_FALLBACK_HANDLE, err) < 0)
		return -1;
	build->out->fallback =
		file->has ? file->text : values[CDN_FALLBACK_HANDLE].text;
	build->out->fallback_seconds =
		(int64_t)values[CDN_FALLBACK_CACHE].number;
	return 0;
}
