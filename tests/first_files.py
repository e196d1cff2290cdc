"""Forty small files as other programs export them: what each is, and which of its columns are which of ours."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class FirstFile:
    """header and rows of a csv, the source it is, and our columns by theirs; product: quantity and price to multiply.

    never: headers that are money or days of something else, and would be confidently wrong as ours.
    """

    name: str
    header: str
    rows: tuple[str, ...]
    source: str
    columns: dict[str, str]
    delimiter: str = ","
    product: tuple[str, str] | tuple[()] = ()
    never: tuple[str, ...] = ()
    titles: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """The file."""
        return "\n".join([*self.titles, self.header, *self.rows]) + "\n"


FILES = (
    FirstFile(
        "shopify_orders.csv",
        "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
        "Billing City,Vendor",
        (
            "#1001,a@x.org,paid,2025-01-05,2,Mug,12.50,MUG-1,Leeds,Own",
            "#1002,b@x.org,paid,2025-02-07,1,Bowl,9.00,BWL-2,York,Own",
        ),
        "orders",
        {
            "order_date": "Created at",
            "quantity": "Lineitem quantity",
            "product_id": "Lineitem sku",
            "region": "Billing City",
        },
        product=("Lineitem quantity", "Lineitem price"),
    ),
    FirstFile(
        "quickbooks.csv",
        "Date,Transaction type,Num,Customer,Product/Service,Qty,Sales price,Amount",
        (
            "03/14/2025,Invoice,1044,Smith & Co,Chairs,4,25.00,100.00",
            "04/20/2025,Invoice,1045,Jones,Desks,1,90.00,90.00",
        ),
        "orders",
        {
            "order_date": "Date",
            "order_id": "Num",
            "customer_id": "Customer",
            "product_id": "Product/Service",
            "quantity": "Qty",
            "net_sales": "Amount",
        },
        never=("Sales price",),
    ),
    FirstFile(
        "sap_vbrp.csv",
        "Billing Document;Item;Billing Date;Sold-to Party;Material;Billed Quantity;Net Value;Document Currency",
        ("90001;10;01.02.2025;1000;M-1;5;1.250,00;EUR", "90002;10;14.03.2025;1001;M-2;1;250,00;EUR"),
        "orders",
        {
            "order_id": "Billing Document",
            "order_date": "Billing Date",
            "customer_id": "Sold-to Party",
            "product_id": "Material",
            "quantity": "Billed Quantity",
            "net_sales": "Net Value",
            "currency": "Document Currency",
        },
        delimiter=";",
    ),
    FirstFile(
        "netsuite_lines.csv",
        "Document Number,Date,Entity,Item,Quantity,Amount (Net),Sales Rep,Subsidiary,Class",
        ("INV77,2025-01-31,C-9,SKU-7,3,300.00,R. Roe,UK,Retail", "INV78,2025-02-28,C-4,SKU-8,1,40.00,R. Roe,UK,Retail"),
        "orders",
        {
            "order_id": "Document Number",
            "order_date": "Date",
            "product_id": "Item",
            "quantity": "Quantity",
            "net_sales": "Amount (Net)",
            "rep_id": "Sales Rep",
        },
    ),
    FirstFile(
        "销售出库单列表.csv",
        "日期,单据编号,客户编码,客户名称,物料编码,物料名称,实发数量,单价,金额,价税合计,销售员,销售部门",
        (
            "2025-01-05,XSCKD001,CUS01,华丰商贸,M.001,不锈钢锅,10,80,800,904,张伟,华东一部",
            "2025-02-11,XSCKD002,CUS02,永盛百货,M.002,收纳箱,5,40,200,226,李娜,华南部",
        ),
        "orders",
        {
            "order_date": "日期",
            "order_id": "单据编号",
            "customer_id": "客户编码",
            "product_id": "物料编码",
            "quantity": "实发数量",
            "net_sales": "金额",
            "rep_id": "销售员",
        },
        never=("单价",),
    ),
    FirstFile(
        "用友销售明细.csv",
        "开票日期,发票号,客户简称,存货编码,存货名称,存货分类,数量,无税金额,税额,价税合计,业务员,地区分类",
        (
            "2025-01-08,0001,大润发,010101,炒锅,锅具,20,2000,260,2260,王芳,华北",
            "2025-03-09,0002,永辉,010102,汤锅,锅具,10,1500,195,1695,王芳,华中",
        ),
        "orders",
        {
            "order_date": "开票日期",
            "customer_id": "客户简称",
            "product_id": "存货编码",
            "category": "存货分类",
            "quantity": "数量",
            "net_sales": "无税金额",
            "rep_id": "业务员",
            "region": "地区分类",
        },
        never=("税额",),
    ),
    FirstFile(
        "聚水潭订单.csv",
        "内部订单号,线上订单号,店铺,买家账号,付款日期,商品编码,款式编码,数量,商品单价,商品金额,省,市",
        (
            "11,2211,旗舰店,u1,2025-01-05 10:11:12,S1,K1,2,59,118,浙江,杭州",
            "12,2212,旗舰店,u2,2025-02-05 09:00:00,S2,K2,1,99,99,江苏,南京",
        ),
        "orders",
        {
            "customer_id": "买家账号",
            "order_date": "付款日期",
            "product_id": "商品编码",
            "quantity": "数量",
            "net_sales": "商品金额",
            "channel": "店铺",
            "region": "省",
        },
        never=("商品单价",),
    ),
    FirstFile(
        "淘宝订单导出.csv",
        "订单编号,买家会员名,买家应付货款,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题,宝贝数量,店铺名称",
        (
            "3001,小明,120,118,交易成功,2025-01-01 12:00:00,2025-01-01 12:05:00,锅,2,旗舰店",
            "3002,小红,80,80,交易成功,2025-02-01 12:00:00,2025-02-01 12:05:00,碗,1,旗舰店",
        ),
        "orders",
        {
            "order_id": "订单编号",
            "customer_id": "买家会员名",
            "net_sales": "买家实际支付金额",
            "quantity": "宝贝数量",
            "channel": "店铺名称",
        },
        never=("买家应付货款",),
    ),
    FirstFile(
        "拼多多.csv",
        "订单号,订单成交时间,商品id,商品数量(件),商家实收金额(元),省,订单状态",
        ("P1,2025-01-02 10:00:00,G1,2,58.6,广东,已签收", "P2,2025-01-03 11:00:00,G2,1,30,湖南,已签收"),
        "orders",
        {
            "order_id": "订单号",
            "order_date": "订单成交时间",
            "product_id": "商品id",
            "quantity": "商品数量(件)",
            "net_sales": "商家实收金额(元)",
            "region": "省",
        },
    ),
    FirstFile(
        "woocommerce.csv",
        "Order Number,Order Date,Customer Note,First Name (Billing),City (Billing),SKU,Item Name,Quantity,Item Cost,"
        "Order Line Subtotal",
        ("55,2025-01-02,,Ann,Oslo,T-1,Tee,2,10.00,20.00", "56,2025-02-02,,Bob,Bergen,T-2,Cap,1,8.00,8.00"),
        "orders",
        {
            "order_id": "Order Number",
            "order_date": "Order Date",
            "product_id": "SKU",
            "quantity": "Quantity",
            "net_sales": "Order Line Subtotal",
        },
        never=("Item Cost",),
    ),
    FirstFile(
        "uci.csv",
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        (
            "489434,85048,BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom",
            "489435,22350,BOWL,12,2009-12-01 07:46:00,2.55,13085,France",
        ),
        "orders",
        {
            "order_id": "Invoice",
            "product_id": "StockCode",
            "quantity": "Quantity",
            "order_date": "InvoiceDate",
            "customer_id": "Customer ID",
            "region": "Country",
        },
        product=("Quantity", "Price"),
    ),
    FirstFile(
        "superstore.csv",
        "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Segment,Region,Product ID,Category,Sales,Quantity,"
        "Discount,Profit",
        (
            "1,CA-1,1/15/2017,1/18/2017,Second,CG-1,Consumer,South,FUR-1,Furniture,261.96,2,0,41.91",
            "2,CA-2,3/25/2017,3/28/2017,Second,CG-2,Corporate,West,FUR-2,Furniture,731.94,3,0,219.58",
        ),
        "orders",
        {
            "order_id": "Order ID",
            "order_date": "Order Date",
            "customer_id": "Customer ID",
            "customer_group": "Segment",
            "region": "Region",
            "product_id": "Product ID",
            "category": "Category",
            "net_sales": "Sales",
            "quantity": "Quantity",
        },
        never=("Profit", "Ship Date"),
    ),
    FirstFile(
        "instacart_like.csv",
        "receipt_no,sold_at,store_name,cashier,item_code,item_desc,dept,units,line_total",
        (
            "R1,2025-03-01 09:00,Main St,7,1001,Milk,Dairy,2,3.10",
            "R2,2025-03-02 10:00,Main St,8,1002,Bread,Bakery,1,2.20",
        ),
        "orders",
        {
            "order_id": "receipt_no",
            "order_date": "sold_at",
            "channel": "store_name",
            "product_id": "item_code",
            "category": "dept",
            "quantity": "units",
            "net_sales": "line_total",
        },
    ),
    FirstFile(
        "rechnungen.csv",
        "Rechnungsnr.;Rechnungsdatum;Kundennr.;Kunde;Artikelnr.;Bezeichnung;Menge;Einzelpreis;Nettobetrag;MwSt;Vertreter",
        (
            "R1;03.01.2025;10001;Meier GmbH;A1;Topf;2;49,90;99,80;18,96;Schulz",
            "R2;17.02.2025;10002;Kunz;A2;Pfanne;1;29,90;29,90;5,68;Schulz",
        ),
        "orders",
        {
            "order_id": "Rechnungsnr.",
            "order_date": "Rechnungsdatum",
            "customer_id": "Kundennr.",
            "product_id": "Artikelnr.",
            "quantity": "Menge",
            "net_sales": "Nettobetrag",
            "rep_id": "Vertreter",
        },
        delimiter=";",
        never=("MwSt", "Einzelpreis"),
    ),
    FirstFile(
        "lignes_facture.csv",
        "N° facture;Date facture;Code client;Client;Référence article;Quantité;PU HT;Montant HT;Commercial;Région",
        (
            "F1;05/01/2025;C1;Dupont;ART1;3;20,00;60,00;Martin;Bretagne",
            "F2;25/02/2025;C2;Durand;ART2;1;30,00;30,00;Martin;Alsace",
        ),
        "orders",
        {
            "order_id": "N° facture",
            "order_date": "Date facture",
            "customer_id": "Code client",
            "product_id": "Référence article",
            "quantity": "Quantité",
            "net_sales": "Montant HT",
            "rep_id": "Commercial",
            "region": "Région",
        },
        delimiter=";",
        never=("PU HT",),
    ),
    FirstFile(
        "lineas_venta.csv",
        "Nº factura;Fecha;Cód. cliente;Cliente;Cód. artículo;Descripción;Unidades;Precio;Importe;Provincia",
        ("F1;05/01/2025;C1;Ruiz;A1;Olla;3;20,00;60,00;Lugo", "F2;25/02/2025;C2;Vega;A2;Sartén;1;30,00;30,00;Soria"),
        "orders",
        {
            "order_id": "Nº factura",
            "order_date": "Fecha",
            "customer_id": "Cód. cliente",
            "product_id": "Cód. artículo",
            "quantity": "Unidades",
            "net_sales": "Importe",
            "region": "Provincia",
        },
        delimiter=";",
        never=("Precio",),
    ),
    FirstFile(
        "dynamics.csv",
        "InvoiceId,InvoiceDate,InvoiceAccount,ItemId,InvoicedQuantity,LineAmount,CurrencyCode,SalesGroup,LineNum",
        ("I1,2025-01-06,US-1,D1,4,400.00,USD,G1,1", "I2,2025-02-06,US-2,D2,1,90.00,USD,G1,1"),
        "orders",
        {
            "order_id": "InvoiceId",
            "order_date": "InvoiceDate",
            "customer_id": "InvoiceAccount",
            "product_id": "ItemId",
            "quantity": "InvoicedQuantity",
            "net_sales": "LineAmount",
            "currency": "CurrencyCode",
        },
    ),
    FirstFile(
        "distributor_sales.csv",
        "Trans Dt,Acct #,Acct Name,Invoice #,UPC,Item Desc,Cases,Ext Price,Territory,Salesman",
        (
            "01/15/2025,77,Kwik Mart,4410,0123,Soda,10,120.00,East,Bo",
            "02/28/2025,78,Corner,4411,0124,Chips,5,60.00,West,Al",
        ),
        "orders",
        {
            "order_date": "Trans Dt",
            "customer_id": "Acct #",
            "order_id": "Invoice #",
            "product_id": "UPC",
            "quantity": "Cases",
            "net_sales": "Ext Price",
            "region": "Territory",
            "rep_id": "Salesman",
        },
    ),
    FirstFile(
        "零售流水.csv",
        "门店,小票号,交易日期,会员卡号,商品条码,品类,销售数量,销售金额,毛利",
        ("中山店,XP1,2025/1/5,H1,690001,饮料,2,12.5,3.1", "人民店,XP2,2025/2/6,H2,690002,零食,1,8,2.2"),
        "orders",
        {
            "channel": "门店",
            "order_id": "小票号",
            "order_date": "交易日期",
            "customer_id": "会员卡号",
            "product_id": "商品条码",
            "category": "品类",
            "quantity": "销售数量",
            "net_sales": "销售金额",
        },
        never=("毛利",),
    ),
    FirstFile(
        "发货明细.csv",
        "发货日期,发货单号,经销商名称,产品型号,产品系列,发货数量,含税单价,含税金额,不含税金额,大区,区域经理",
        (
            "2025-01-10,FH1,鑫源,X-100,X系列,20,113,2260,2000,华东,赵强",
            "2025-02-10,FH2,宏达,Y-200,Y系列,10,226,2260,2000,华南,钱勇",
        ),
        "orders",
        {
            "order_date": "发货日期",
            "order_id": "发货单号",
            "customer_id": "经销商名称",
            "product_id": "产品型号",
            "category": "产品系列",
            "quantity": "发货数量",
            "net_sales": "不含税金额",
            "region": "大区",
        },
        never=("含税单价",),
    ),
    FirstFile(
        "online_store_export.csv",
        "order_no,placed_on,buyer,sku,qty,subtotal,shipping,tax,grand_total,source",
        ("1,2025-01-01,ann,S1,1,10.00,2.00,1.00,13.00,web", "2,2025-02-01,bob,S2,2,20.00,2.00,2.00,24.00,app"),
        "orders",
        {
            "order_id": "order_no",
            "order_date": "placed_on",
            "customer_id": "buyer",
            "product_id": "sku",
            "quantity": "qty",
        },
        never=("shipping", "tax"),
    ),
    FirstFile(
        "kunden.csv",
        "Kundennummer;Firma;PLZ;Ort;Bundesland;Kundengruppe;Kunde seit",
        (
            "10001;Meier GmbH;50667;Köln;NRW;Handel;01.03.2015",
            "10002;Kunz KG;80331;München;Bayern;Industrie;15.07.2019",
        ),
        "customers",
        {"customer_id": "Kundennummer", "region": "Bundesland", "customer_group": "Kundengruppe"},
        delimiter=";",
    ),
    FirstFile(
        "客户档案.csv",
        "客户编号,客户名称,客户类型,所属区域,业务员,信用天数,建档日期",
        ("K1,华丰商贸,批发,华东,张伟,30,2020-01-01", "K2,永盛百货,商超,华南,李娜,60,2021-05-06"),
        "customers",
        {
            "customer_id": "客户编号",
            "name": "客户名称",
            "customer_group": "客户类型",
            "region": "所属区域",
            "credit_days": "信用天数",
        },
    ),
    FirstFile(
        "Accounts.csv",
        "Account ID,Account Name,Industry,Billing State,Account Owner,Created Date",
        ("001A,Acme,Retail,Texas,J. Doe,2019-04-05", "001B,Globex,Energy,Ohio,J. Doe,2020-06-07"),
        "customers",
        {"customer_id": "Account ID", "name": "Account Name", "region": "Billing State"},
    ),
    FirstFile(
        "item_master.csv",
        "Item No,Description,Item Category,Brand,Unit Cost,List Price,Launch Date",
        ("1001,Pan,Cookware,Own,10.00,25.00,2019-01-01", "1002,Box,Storage,Own,4.00,12.00,2020-01-01"),
        "products",
        {
            "product_id": "Item No",
            "category": "Item Category",
            "brand": "Brand",
            "cost": "Unit Cost",
            "list_price": "List Price",
        },
    ),
    FirstFile(
        "商品资料.csv",
        "商品编码,商品名称,大类,品牌,零售价,成本,上市日期",
        ("S1,炒锅,锅具,自有,199,90,2020-01-01", "S2,收纳箱,收纳,自有,59,20,2021-01-01"),
        "products",
        {"product_id": "商品编码", "name": "商品名称", "brand": "品牌", "list_price": "零售价", "cost": "成本"},
    ),
    FirstFile(
        "年度目标.csv",
        "大区,月份,目标(万元)",
        ("华东,2025年1月,120", "华南,2025年1月,80", "华东,2025年2月,100"),
        "targets",
        {"region": "大区", "period": "月份", "target": "目标(万元)"},
    ),
    FirstFile(
        "quotas_2025.csv",
        "Rep,Quarter,Quota",
        ("Ann,Q1 2025,100000", "Bob,Q1 2025,80000", "Ann,Q2 2025,110000"),
        "targets",
        {"rep_id": "Rep", "period": "Quarter", "target": "Quota"},
    ),
    FirstFile(
        "Budget.csv",
        "Region,Jan-25,Feb-25,Mar-25,Apr-25",
        ("North,100,110,120,130", "South,90,95,99,101"),
        "targets",
        {"region": "Region"},
    ),
    FirstFile(
        "销售任务分解表.csv",
        "区域,1月,2月,3月,4月,5月,6月,合计",
        ("华东,10,11,12,13,14,15,75", "华南,8,9,9,9,10,10,55"),
        "targets",
        {"region": "区域"},
        titles=("2025年销售任务分解（万元）",),
    ),
    FirstFile(
        "ziele.csv",
        "Gebiet;Monat;Ziel",
        ("Nord;2025-01;100000,00", "Süd;2025-01;90000,50"),
        "targets",
        {"region": "Gebiet", "period": "Monat", "target": "Ziel"},
        delimiter=";",
    ),
    FirstFile(
        "回款明细.csv",
        "收款日期,收款单号,客户名称,收款金额,收款方式,业务员",
        ("2025-01-20,SK1,华丰商贸,904,电汇,张伟", "2025-02-21,SK2,永盛百货,226,承兑,李娜"),
        "payments",
        {"payment_date": "收款日期", "payment_id": "收款单号", "customer_id": "客户名称", "amount": "收款金额"},
    ),
    FirstFile(
        "receipts.csv",
        "Receipt Date,Receipt Number,Customer Code,Invoice Number,Amount Paid",
        ("2025-01-20,R1,C1,INV1,100.00", "2025-02-20,R2,C2,INV2,90.00"),
        "payments",
        {
            "payment_date": "Receipt Date",
            "payment_id": "Receipt Number",
            "customer_id": "Customer Code",
            "invoice_id": "Invoice Number",
            "amount": "Amount Paid",
        },
    ),
    FirstFile(
        "应收账龄.csv",
        "截止日期,客户名称,应收余额,逾期金额",
        ("2025-03-31,华丰商贸,10000,2000", "2025-03-31,永盛百货,8000,0"),
        "receivables",
        {"as_of": "截止日期", "customer_id": "客户名称", "open_amount": "应收余额", "overdue_amount": "逾期金额"},
    ),
    FirstFile(
        "ar_aging.csv",
        "Statement Date,Customer,Balance,Past Due",
        ("2025-03-31,C1,1000,200", "2025-03-31,C2,800,0"),
        "receivables",
        {"as_of": "Statement Date", "customer_id": "Customer", "open_amount": "Balance", "overdue_amount": "Past Due"},
    ),
    FirstFile(
        "hubspot_deals.csv",
        "Deal ID,Deal Name,Deal Stage,Amount,Create Date,Close Date,Deal Owner",
        (
            "D1,Acme renewal,proposal,12000,2025-01-02,2025-03-01,Ann",
            "D2,Globex new,won,8000,2025-01-12,2025-02-11,Bob",
        ),
        "pipeline",
        {"opportunity_id": "Deal ID", "stage": "Deal Stage", "amount": "Amount", "created": "Create Date"},
    ),
    FirstFile(
        "销售费用.csv",
        "月份,费用类型,金额,部门",
        ("2025-01,差旅费,12000,华东部", "2025-01,推广费,30000,市场部"),
        "expenses",
        {"period": "月份", "kind": "费用类型", "amount": "金额"},
    ),
    FirstFile(
        "行业市场规模.csv",
        "年度,品类,市场规模(亿元),来源",
        ("2023,锅具,120,协会", "2024,锅具,130,协会"),
        "market",
        {"period": "年度", "category": "品类", "market_size": "市场规模(亿元)"},
    ),
    FirstFile(
        "sales_team.csv",
        "Employee ID,Full Name,Region,Hire Date,Manager",
        ("E1,Ann Roe,North,2019-01-01,E9", "E2,Bob Poe,South,2021-01-01,E9"),
        "team",
        {"rep_id": "Employee ID", "name": "Full Name", "region": "Region", "hired": "Hire Date"},
    ),
    FirstFile(
        "客户满意度调查.csv",
        "日期,客户编号,评分,意见",
        ("2025-01-09,K1,8,送货慢", "2025-02-09,K2,9,不错"),
        "feedback",
        {"date": "日期", "customer_id": "客户编号", "score": "评分", "text": "意见"},
    ),
)
