"""Whole companies as their programs export them: an ERP in China, a shop, an ERP in Germany, a wide target sheet."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd

from tests.any_company import any_company

REGIONS = {"north": "华北", "south": "华南", "west": "西部"}


def chinese_erp(folder: Path) -> list[Path]:
    """金蝶-like 销售出库 lines with a title row, in GB18030."""
    orders = any_company().frames["orders"]
    table = pd.DataFrame(
        {
            "日期": orders["order_date"].str.replace("-", "/"),
            "单据编号": orders["order_id"],
            "分录号": orders["line_no"],
            "往来单位编码": orders["customer_id"],
            "往来单位": "客户" + orders["customer_id"],
            "存货编码": orders["product_id"],
            "存货分类": orders["category"],
            "数量": orders["quantity"],
            "未税金额": orders["net_sales"].map(lambda v: f"{v:,.2f}"),
            "价税合计": (orders["net_sales"] * 1.13).round(2),
            "业务员": orders["rep_id"],
            "区域": orders["region"].map(REGIONS),
            "客户类型": orders["customer_group"],
            "渠道": orders["channel"],
        }
    )
    place = folder / "销售出库单明细.csv"
    text = "销售出库单明细表\n" + table.to_csv(index=False)
    place.write_bytes(text.encode("gb18030"))
    return [place]


def shop(folder: Path) -> list[Path]:
    """A web shop's order lines with a price a unit and no amount."""
    orders = any_company().frames["orders"]
    table = pd.DataFrame(
        {
            "Order Number": orders["order_id"],
            "Created at": orders["order_date"] + " 10:15:00",
            "Customer ID": orders["customer_id"],
            "SKU": orders["product_id"],
            "Product Category": orders["category"],
            "Qty": orders["quantity"],
            "Unit Price": (orders["net_sales"] / orders["quantity"]).round(2),
            "Country": orders["region"],
            "Sales Channel": orders["channel"],
            "Customer Type": orders["customer_group"],
        }
    )
    table.to_csv(folder / "shop_orders.csv", index=False)
    return [folder / "shop_orders.csv"]


def western_erp(folder: Path) -> list[Path]:
    """A German ERP's invoice lines and customers: semicolons, decimal commas, cp1252."""
    whole = any_company()
    orders, customers = whole.frames["orders"], whole.frames["customers"]
    day = pd.to_datetime(orders["order_date"]).dt.strftime("%d.%m.%Y")
    table = pd.DataFrame(
        {
            "Rechnungsnr.": orders["order_id"],
            "Pos": orders["line_no"],
            "Rechnungsdatum": day,
            "Kundennr.": orders["customer_id"],
            "Artikelnr.": orders["product_id"],
            "Warengruppe": orders["category"],
            "Menge": orders["quantity"],
            "Nettobetrag": orders["net_sales"].map(lambda v: f"{v:.2f}".replace(".", ",")),
            "Währung": "EUR",
            "Vertreter": orders["rep_id"],
            "Vertriebsweg": orders["channel"],
        }
    )
    people = pd.DataFrame(
        {
            "Kundennummer": customers["customer_id"],
            "Firma": "Müller & Söhne " + customers["customer_id"],
            "Gebiet": customers["region"].str.replace("west", "Köln"),
            "Kundengruppe": customers["customer_group"],
        }
    )
    for name, frame in (("Rechnungen", table), ("Kunden", people)):
        (folder / f"{name}.csv").write_bytes(frame.to_csv(index=False, sep=";").encode("cp1252"))
    return [folder / "Rechnungen.csv", folder / "Kunden.csv"]


def target_sheet(folder: Path) -> list[Path]:
    """Order lines, and the year's targets by region as a sheet with a title and a column per month."""
    orders = any_company().frames["orders"]
    table = orders[["order_date", "order_id", "line_no", "customer_id", "product_id", "category", "quantity"]].assign(
        大区=orders["region"].map(REGIONS), net_sales=orders["net_sales"]
    )
    table = table.assign(customer_group=orders["customer_group"], channel=orders["channel"])
    table.to_csv(folder / "销售明细.csv", index=False)
    year = orders[orders["order_date"].str.startswith("2025")]
    sums = year.assign(m=year["order_date"].str[5:7].astype(int)).pivot_table(
        index="region", columns="m", values="net_sales", aggfunc="sum"
    )
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["2025年销售目标分解表（万元）"])
    sheet.append(["大区", *(f"{m}月" for m in range(1, 13))])
    for region, row in sums.iterrows():
        sheet.append([REGIONS[region], *(round(float(v) * 1.05 / 10_000, 4) for v in row)])
    book.save(folder / "2025年销售目标.xlsx")
    return [folder / "销售明细.csv", folder / "2025年销售目标.xlsx"]
