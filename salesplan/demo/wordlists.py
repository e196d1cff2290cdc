"""The words that made-up names are put together from."""

from __future__ import annotations

__all__ = ["CITIES", "FIRST_NAMES", "LAST_NAMES", "PREFIXES", "PRODUCT_WORDS", "TRADES"]


def _pairs(text: str) -> list[tuple[str, str]]:
    """Pairs (zh, en) of a text "zh en words; zh en words"."""
    return [(part.split(maxsplit=1)[0], part.split(maxsplit=1)[1]) for part in text.replace("\n", " ").split(";")]


PRODUCT_WORDS = {
    "KIT": _pairs(
        """不粘炒锅 Non-stick wok;汤锅 Stock pot;煎锅 Frying pan;电热水壶 Electric kettle;砧板 Chopping board;
        刀具套装 Knife set;保鲜盒 Fresh-keeping box;保温杯 Vacuum flask;玻璃水杯 Glass tumbler;餐具套装 Tableware set;
        蒸锅 Steamer;调味罐 Seasoning jars;削皮刀 Peeler;量杯 Measuring cup;烘焙模具 Baking tin;沥水篮 Draining basket;
        保温桶 Insulated pail;轻量煎锅 Light frying pan"""
    ),
    "CLN": _pairs(
        """平板拖把 Flat mop;旋转拖把 Spin mop;扫把套装 Broom set;百洁布 Scouring pad;洗碗刷 Dish brush;
        玻璃刮 Window squeegee;垃圾袋 Bin bags;垃圾桶 Waste bin;清洁手套 Cleaning gloves;马桶刷 Toilet brush;
        抹布 Cleaning cloth;粘毛器 Lint roller;喷雾瓶 Spray bottle;地板清洁剂 Floor cleaner;除尘掸 Duster;
        洗衣凝珠 Laundry capsules"""
    ),
    "STO": _pairs(
        """收纳箱 Storage box;抽屉柜 Drawer unit;真空压缩袋 Vacuum bag;衣架 Clothes hanger;鞋架 Shoe rack;
        置物架 Shelf rack;收纳篮 Storage basket;桌面收纳 Desk organiser;挂袋 Hanging organiser;书立 Bookend;
        药箱 Medicine box;首饰盒 Jewellery box;床底箱 Under-bed box;折叠箱 Folding crate;磁吸架 Magnetic rack;
        模块柜 Modular cabinet"""
    ),
    "TEX": _pairs(
        """四件套 Bedding set;夏凉被 Summer quilt;冬被 Winter quilt;枕头 Pillow;毛巾 Towel;浴巾 Bath towel;
        窗帘 Curtain;地毯 Rug;地垫 Door mat;桌布 Tablecloth;抱枕 Cushion;毛毯 Blanket;床垫保护套 Mattress cover;
        沙发套 Sofa cover;浴帘 Shower curtain;围裙 Apron"""
    ),
}
CITIES = {
    "EC": ["上海", "杭州", "南京", "苏州", "宁波", "济南"],
    "NC": ["北京", "天津", "石家庄", "太原"],
    "SC": ["广州", "深圳", "东莞", "南宁", "厦门"],
    "CC": ["武汉", "长沙", "郑州", "南昌"],
    "SW": ["成都", "重庆", "昆明", "贵阳"],
    "NE": ["沈阳", "大连", "长春", "哈尔滨"],
    "NW": ["西安", "兰州", "乌鲁木齐"],
}
PREFIXES = _pairs(
    """嘉和 Jiahe;宏达 Hongda;美佳 Meijia;华联 Hualian;万隆 Wanlong;恒信 Hengxin;瑞丰 Ruifeng;新悦 Xinyue;
    金桥 Jinqiao;永安 Yongan;天成 Tiancheng;百汇 Baihui;同盛 Tongsheng;吉祥 Jixiang;德润 Derun;安居 Anju"""
)
TRADES = {
    "KEY": ("连锁超市", "Supermarkets"),
    "WHO": ("日用百货批发", "Wholesale"),
    "RET": ("生活馆", "Home Shop"),
    "ENT": ("实业", "Industries"),
}
LAST_NAMES = _pairs(
    """王 Wang;李 Li;张 Zhang;刘 Liu;陈 Chen;杨 Yang;赵 Zhao;黄 Huang;周 Zhou;吴 Wu;徐 Xu;孙 Sun;胡 Hu;朱 Zhu;
    高 Gao;林 Lin;何 He;郭 Guo;马 Ma;罗 Luo;梁 Liang;宋 Song;郑 Zheng;谢 Xie;韩 Han;唐 Tang;冯 Feng;于 Yu;董 Dong;
    萧 Xiao;程 Cheng;曹 Cao;袁 Yuan;邓 Deng;许 Xue;傅 Fu"""
)
FIRST_NAMES = _pairs(
    """伟 Wei;芳 Fang;娜 Na;敏 Min;静 Jing;丽 Li;强 Qiang;磊 Lei;军 Jun;洋 Yang;勇 Yong;艳 Yan;杰 Jie;娟 Juan;涛 Tao;
    明 Ming;超 Chao;霞 Xia;平 Ping;刚 Gang;桂英 Guiying;建华 Jianhua;文 Wen;斌 Bin;宇 Yu;浩 Hao;凯 Kai;婷 Ting;雪 Xue;
    琳 Lin;峰 Feng;慧 Hui;倩 Qian;鹏 Peng;莉 Lili;辉 Hui"""
)
