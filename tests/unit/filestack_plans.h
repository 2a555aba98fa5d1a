/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains of Filestack's tasks and what they want: each task, each parameter
 * under each of its names, and each rule of how real URLs are read.
 */
#ifndef UNIT_FILESTACK_PLANS_H
#define UNIT_FILESTACK_PLANS_H

/* clang-format off */
static const struct {
	const char *tasks, *wanted;
} golden[] = {
	/* resize */
	{"resize=width:300", "resize(width=300,fit=inside)|encode"},
	{"resize=w:300,h:200", "resize(width=300,height=200,fit=inside)|encode"},
	{"resize=height:200,width:300,fit:clip", "resize(width=300,height=200,fit=inside)|encode"},
	{"resize=width:300,height:200,fit:crop", "resize(width=300,height=200)|encode"},
	{"resize=width:300,height:200,fit:scale", "resize(width=300,height=200,fit=stretch)|encode"},
	{"resize=width:300,height:200,f:max", "resize(width=300,height=200,fit=inside,no-enlarge=true)|encode"},
	{"resize=fit:CROP,Width:300", "resize(width=300)|encode"},
	{"resize=w:3,h:2,f:crop,a:top", "resize(width=3,height=2,focus=top)|encode"},
	{"resize=w:3,h:2,f:crop,align:[bottom,right]", "resize(width=3,height=2,focus=bottom-right)|encode"},
	{"resize=w:3,h:2,f:crop,align:%5Bleft%2Ctop%5D", "resize(width=3,height=2,focus=top-left)|encode"},
	{"resize=w:3,h:2,f:crop,align:[middle,left]", "resize(width=3,height=2,focus=left)|encode"},
	{"resize=w:3,h:2,f:crop,align:faces", "resize(width=3,height=2,focus=face)|encode"},
	{"resize=w:3,h:2,f:crop,align:center", "resize(width=3,height=2)|encode"},
	{"resize=w:3,h:2,align:top", "resize(width=3,height=2,fit=inside)|encode"},
	{"resize=width:300.4", "resize(width=300,fit=inside)|encode"},
	{"resize=width:0,height:20", "resize(height=20,fit=inside)|encode"},
	{"resize=width:0", "file"},
	{"resize", "file"},
	{"resize=fit:crop", "file"},
	{"resize=width:10001", "resize(width=10000,fit=inside)|encode"},
	{"resize=width:99999999999999999999999999999999", "resize(width=10000,fit=inside)|encode"},
	{"resize=width:5,width:6", "resize(width=6,fit=inside)|encode"},
	{"resize=width:5/resize=height:6", "resize(width=5,fit=inside)|resize(height=6,fit=inside)|encode"},

	/* crop */
	{"crop=dim:[1,2,30,40]", "resize(width=30,height=40,fit=extract,x=1,y=2)|encode"},
	{"crop=d:%5B1%2C2%2C30%2C40%5D", "resize(width=30,height=40,fit=extract,x=1,y=2)|encode"},
	{"crop=d[1,2,30,40]", "resize(width=30,height=40,fit=extract,x=1,y=2)|encode"},
	{"crop=[1,2,30,40]", "resize(width=30,height=40,fit=extract,x=1,y=2)|encode"},
	{"crop=height:40,width:30,x:1,y:2", "resize(width=30,height=40,fit=extract,x=1,y=2)|encode"},
	{"crop=x:1", "resize(fit=extract,x=1,y=0)|encode"},
	{"crop=dim:[0,0,100000,100000]", "resize(width=65535,height=65535,fit=extract,x=0,y=0)|encode"},
	{"crop", "file"},

	/* rotate, flip */
	{"rotate=deg:90", "turn(angle=90,background=#ffffffff)|encode"},
	{"rotate=d:18,b:7CFC00FF", "turn(angle=18,background=#7cfc00ff)|encode"},
	{"rotate=deg:-90", "turn(angle=270,background=#ffffffff)|encode"},
	{"rotate=deg:450", "turn(angle=90,background=#ffffffff)|encode"},
	{"rotate=deg:exif", "encode"},
	{"rotate=deg:EXIF,exif:false", "encode"},
	{"rotate=deg:0", "file"},
	{"rotate=deg:20,background:transparent", "turn(angle=20,background=#00000000)|encode"},
	{"flip", "flip(vertical=true)|encode"},
	{"flop", "flip(horizontal=true)|encode"},
	{"flip/rotate=deg:90/flop", "flip(vertical=true)|turn(angle=90,background=#ffffffff)|flip(horizontal=true)|encode"},

	/* what draws the eye */
	{"smart_crop=width:30,height:20", "resize(width=30,height=20,focus=attention)|encode"},
	{"smart_crop=mode:face,width:30,height:20,coords:false", "resize(width=30,height=20,focus=face)|encode"},
	{"smart_crop=mode:object,object:dog,w:30,h:20,fill_color:00FF0080", "resize(width=30,height=20,focus=attention)|background(color=#00ff0080)|encode"},
	{"smart_crop", "file"},
	{"crop_faces=width:30,height:20", "resize(width=30,height=20,focus=face)|encode"},
	{"crop_faces=w:30,h:20,mode:fill,faces:all", "resize(width=30,height=20,focus=face)|encode"},
	{"crop_faces=w:30,h:20,mode:crop,faces:[1,3]", "resize(width=30,height=20,fit=extract,focus=face)|encode"},
	{"crop_faces", "if(test=[cw ch >],then={resize(width=[ch 0.5 *],height=[ch 0.5 *],fit=extract,focus=face)},else={resize(width=[cw 0.5 *],height=[cw 0.5 *],fit=extract,focus=face)})|encode"},
	{"crop_faces=buffer:50", "if(test=[cw ch >],then={resize(width=[ch 0.75 *],height=[ch 0.75 *],fit=extract,focus=face)},else={resize(width=[cw 0.75 *],height=[cw 0.75 *],fit=extract,focus=face)})|encode"},

	{"upscale", "resize(width=[cw 2 *])|encode"},
	{"upscale=noise:low,style:artwork,u:true", "resize(width=[cw 2 *])|encode"},
	{"upscale=upscale:false", "file"},

	/* effects */
	{"blur", "blur(sigma=2)|encode"},
	{"blur=amount:5", "blur(sigma=5)|encode"},
	{"blur=a:50", "blur(sigma=20)|encode"},
	{"blur=amount:0", "file"},
	{"sharpen", "unsharp(radius=0,amount=1,threshold=0)|encode"},
	{"sharpen=amount:5", "unsharp(radius=0,sigma=5,amount=1,threshold=0)|encode"},
	{"monochrome", "grayscale|encode"},
	{"negative", "negate|encode"},
	{"blackwhite", "threshold|encode"},
	{"blackwhite=t:45", "threshold(percent=45)|encode"},
	{"sepia", "sepia|encode"},
	{"sepia=tone:70.5", "sepia(percent=70.5)|encode"},
	{"modulate", "file"},
	{"modulate=b:50,h:-10,s:75", "modulate(brightness=50,saturation=75,hue=350)|encode"},
	{"modulate=brightness:1000", "modulate(brightness=1000)|encode"},
	{"enhance", "contrast|gamma(least=0.8,most=1.25)|encode"},
	{"enhance=preset:auto", "contrast|gamma(least=0.8,most=1.25)|encode"},
	{"enhance=p:vivid", "contrast|modulate(saturation=130)|encode"},
	{"enhance=preset:beautify", "blur(sigma=0.5)|gamma(least=1,most=1.15)|modulate(saturation=105)|encode"},
	{"enhance=preset:beautify_plus", "blur(sigma=0.8)|gamma(least=1,most=1.3)|modulate(saturation=110)|encode"},
	{"enhance=preset:fix_dark", "gamma(least=1,most=2.5)|encode"},
	{"enhance=preset:fix_noise", "blur(sigma=0.8)|encode"},
	{"enhance=preset:fix_tint", "balance|encode"},
	{"enhance=preset:outdoor", "balance(percent=50)|contrast|modulate(saturation=115)|encode"},
	{"enhance=preset:fireworks", "gamma(least=0.7,most=1)|contrast(amount=20)|modulate(saturation=140)|encode"},

	/* frames */
	{"rounded_corners", "round(radius=10,feather=0.3)|encode"},
	{"rounded_corners=r:50,b:white", "round(radius=50,feather=0.3)|background(color=#ffffffff)|encode"},
	{"round_corners=radius:max", "round(radius=65535,feather=0.3)|encode"},
	{"rounded_corners=radius:20000,background:f00", "round(radius=10000,feather=0.3)|background(color=#ff0000ff)|encode"},
	{"rounded_corners=blur:3,r:350", "round(radius=350,feather=3)|encode"},
	{"rounded_corners=l:0", "round(radius=10)|encode"},
	{"circle", "if(test=[cw ch >],then={resize(width=[ch 1 *],height=[ch 1 *],fit=extract)},else={resize(width=[cw 1 *],height=[cw 1 *],fit=extract)})|round(radius=65535)|encode"},
	{"circle=background:true", "if(test=[cw ch >],then={resize(width=[ch 1 *],height=[ch 1 *],fit=extract)},else={resize(width=[cw 1 *],height=[cw 1 *],fit=extract)})|round(radius=65535)|encode"},
	{"circle=b:gray50", "if(test=[cw ch >],then={resize(width=[ch 1 *],height=[ch 1 *],fit=extract)},else={resize(width=[cw 1 *],height=[cw 1 *],fit=extract)})|round(radius=65535)|background(color=#808080ff)|encode"},
	{"border", "border(width=2,color=#000000ff)|encode"},
	{"border=b:gray,c:00ff0080,w:10", "background(color=#808080ff)|border(width=10,color=#00ff0080)|encode"},
	{"border=width:0", "file"},

	/* watermark */
	{"watermark=file:LOGO", "overlay(plan={image(path=\"LOGO\")})|encode"},
	{"watermark=f:LOGO,s:50,p:[bottom,right]", "overlay(plan={image(path=\"LOGO\")|resize(width=[iw 0.5 *])},focus=bottom-right)|encode"},
	{"watermark=file:LOGO,size:100,position:[middle,center]", "overlay(plan={image(path=\"LOGO\")})|encode"},
	{"watermark=file:LOGO,a:top,size:900", "overlay(plan={image(path=\"LOGO\")|resize(width=[iw 5 *])},focus=top)|encode"},
	{"watermark=file:LOGO,position:[top]", "overlay(plan={image(path=\"LOGO\")},focus=top)|encode"},
	{"watermark=file:LOGO,size:0", "overlay(plan={image(path=\"LOGO\")|resize(width=[iw 0.01 *])})|encode"},

	/* several pictures */
	{"collage=files:[A,B],width:300,height:200", "with(plan={image(path=\"A\")})|with(plan={image(path=\"B\")})|collage(width=300,height=200,color=#ffffffff)|encode"},
	{"collage=f:[\"A\"],w:300,h:200,m:5,c:black,i:crop,a:true", "with(plan={image(path=\"A\")})|collage(width=300,height=200,margin=5,color=#000000ff,layout=cells)|encode"},
	{"collage=f:[\"https://e.com/a.png?b=1,2\"],w:3,h:2", "with(plan={image(path=\"https://e.com/a.png?b=1,2\")})|collage(width=3,height=2,color=#ffffffff)|encode"},
	{"animate", "animate(background=#00000000)|encode(format=gif)"},
	{"animate=delay:10,loop:3,width:max,height:200,fit:scale,align:bottom,background:white/output=f:webp", "animate(delay=10,loop=3,height=200,fit=stretch,focus=bottom,background=#ffffffff)|encode(format=webp)"},
	{"animate=f:crop,a:[top,center]", "animate(fit=cover,focus=top,background=#00000000)|encode(format=gif)"},

	/* output */
	{"output=format:png", "encode(format=png)"},
	{"output=f:JPEG", "encode(format=jpg)"},
	{"output=format:pjpg,quality:70", "encode(format=jpg,quality=70,progressive=true)"},
	{"output=f:webp,t:true,q:90,c:true", "encode(format=webp,quality=90,progressive=true)"},
	{"output=quality:80", "encode"},
	{"output=quality:input", "encode"},
	{"output=quality:300", "encode(quality=100)"},
	{"output", "file"},
	{"output=strip:false,format:jpg", "encode(format=jpg,metadata=true)"},
	{"output=background:black,density:250,compress:true", "image(density=250)|background(color=#000000ff)|encode(progressive=true)"},
	{"resize=w:5/output=format:png,page:3,d:72", "image(page=3,density=72)|resize(width=5,fit=inside)|encode(format=png)"},
	{"output=page:1,format:jpg,colorspace:RGB", "encode(format=jpg)"},
	{"output=format:docx,a:A4,r:landscape,s:true", "document encode format=docx pageformat=A4 orientation=landscape secure=1"},
	{"output=format:docx/output=format:png", "encode(format=png)"},
	{"output=docinfo:true", "docinfo"},
	{"quality=value:85", "encode(quality=85)"},
	{"quality=v:5/flop", "flip(horizontal=true)|encode(quality=5)"},
	{"quality=v:5/output=q:60/quality", "encode(quality=60)"},
	{"compress", "encode(progressive=true)"},
	{"compress=metadata:true", "encode(progressive=true,metadata=true)"},
	{"compress=m:true/no_metadata", "encode(progressive=true)"},
	{"no_metadata/compress=m:true", "encode(progressive=true,metadata=true)"},
	{"pjpg", "encode(format=jpg,progressive=true)"},
	{"pjpg=quality:0,metadata:true", "encode(format=jpg,quality=1,progressive=true,metadata=true)"},
	{"auto_image", "encode(format=smallest,webp=true) varies=1"},
	{"auto_image/output=format:png", "encode(format=png)"},
	{"output=format:png/auto_image", "encode(format=smallest,webp=true) varies=1"},
	{"no_metadata", "encode"},

	/* other answers */
	{"metadata", "metadata"},
	{"metadata=p:[size,\"width\"]", "metadata field=size field=width"},
	{"metadata=size,width:true,height:false", "metadata field=size field=width"},
	{"imagesize", "imagesize"},
	{"resize=w:5/imagesize", "imagesize resize(width=5,fit=inside)|encode"},
	{"zip", "zip"},
	{"debug/resize=w:5", "resize(width=5,fit=inside)|encode debug=1"},
	{"urlscreenshot", "file screenshot=1024x768,1000,desktop,portrait,all"},
	{"urlscreenshot=agent:mobile,m:window,w:9999,h:2,d:5,o:landscape,device:phone", "file screenshot=1920x2,5,mobile,landscape,window device=phone"},

	/* of the request */
	{"cache=expiry:max", "file cache=31536000"},
	{"cache=e:666", "file cache=666"},
	{"cache=expiry:0", "file cache=0"},
	{"cache=false", "file cache=never"},
	{"cache=f", "file cache=never"},
	{"cache=false:false", "file"},
	{"cache", "file"},
	{"security=p:P,s:S/flip", "flip(vertical=true)|encode policy=P signature=S"},
	{"security=signature:S,policy:P", "file policy=P signature=S"},
	{"store", "file store=yes"},
	{"store=f:a.png,l:S3,p:\"/x/\",c:b,r:eu,a:public,b:true,mimetype:\"image/png\"", "file store=yes filename=a.png mimetype=image/png location=S3 path=/x/ container=b region=eu access=public base64decode=1"},
	{"store=filename:a/store=workflows:[\"w\"]", "file store=yes filename=a"},
	{"fallback=handle:SPARE,cache:10", "file fallback=SPARE seconds=10"},
	{"fallback=file:SPARE", "file fallback=SPARE"},
	{"cache=e:5/flip/quality=v:9/compress", "flip(vertical=true)|encode(quality=9,progressive=true) cache=5"},
};
/* clang-format on */

#endif
