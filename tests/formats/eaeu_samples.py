"""Declarations of the Union as tests use them: rows, a journey, and a document of the album."""

from __future__ import annotations

from typing import Any

from silkport.formats.eaeu import DeclaredPayment, DeclaredValue, House

GUID = "4cde1cfd-eded-46b1-946c-b8022e42fc94"

DECLARATION: dict[str, Any] = {
    "guid": GUID,
    "act": "declaration",
    "app_time": 20260701103000,
    "declaration_no": "SILK-2026-000001/1",
    "consignment_no": "SILK-2026-000001",
    "house_no": "1",
    "procedure": "40",
    "previous_procedure": "00",
    "office": "39801",
    "border_office": "39802",
    "declarant_code": "180140000018",
    "declarant_name": "Aigerim Customs Broker",
    "consignor_code": "91330782MA28X0001Q",
    "consignor_name": "Bo Trading 义乌",
    "consignor_country": "CN",
    "consignee_code": "190540000024",
    "consignee_name": "Steppe Retail «Дала»",
    "consignee_country": "KZ",
    "departure_country": "CN",
    "destination_country": "KZ",
    "trade_country": "CN",
    "transport_mode": "30",
    "transport_document": "CMR-0000001",
    "vehicle": "000AAA00/00AAA00",
    "container_count": 1,
    "pack_count": 100,
    "goods_count": 1,
    "gross_mass_mg": 1_250_500_000,
    "contract_no": "K-2026-01",
    "incoterms": "FCA",
    "incoterms_place": "Yiwu",
    "currency": "USD",
    "invoice_total_e5": 12_500 * 10**5,
    "documents": "04021 INV-1; 02015 CMR-0000001",
}

GOODS: dict[str, Any] = {
    "declarant_code": "180140000018",
    "declaration_no": "SILK-2026-000001/1",
    "gnum": 1,
    "hs_code": "6203423100",
    "goods_name": "men's trousers of cotton denim",
    "trade_mark": "EXAMPLE",
    "producer": "Yiwu Garments",
    "origin": "CN",
    "origin_proof": "CO-77",
    "gross_mass_mg": 1_250_500_000,
    "net_mass_mg": 1_100_000_000,
    "qty_e5": 2_000 * 10**5,
    "unit": "H87",
    "total_e5": 12_500 * 10**5,
    "valuation_method": 1,
    "documents": "01191 EAEU N RU D-CN",
}

HOUSE = House(declaration=DECLARATION, goods=(GOODS,), containers=("MSKU1234565",))

PAYMENTS = (
    DeclaredPayment(
        line=1,
        payment_code="2010",
        base_e6=6_000_000 * 10**6,
        base_currency="KZT",
        rate_kind="%",
        rate_e6=10 * 10**6,
        rate_day=20_635,
        feature="ИУ",
        amount_minor=60_000_000,
        currency="KZT",
    ),
    DeclaredPayment(
        line=1,
        payment_code="2010",
        base_e6=1_100 * 10**6,
        base_unit="KGM",
        rate_kind="*",
        rate_e6=200_000,
        rate_unit="KGM",
        rate_currency="EUR",
        weight_ratio_e3=1_000,
        rate_day=20_635,
        feature="ИУ",
        amount_minor=13_200_000,
        currency="KZT",
    ),
    DeclaredPayment(line=0, payment_code="2010", amount_minor=73_200_000, currency="KZT"),
)

VALUES = (
    DeclaredValue(line=0, customs_value_minor=600_000_000, currency="KZT"),
    DeclaredValue(
        line=1,
        customs_value_minor=600_000_000,
        currency="KZT",
        statistical_minor=1_250_000,
        statistical_currency="USD",
    ),
)

JOURNEY: dict[str, Any] = {
    "doc_id": GUID,
    "doc_time": 20260701103000,
    "transit_direction": "ИМ",
    "destination_office": "39801",
    "carrier_name": "Steppe Trucks",
    "carrier_code": "180140000018",
    "carrier_country": "KZ",
    "guarantee_code": "1",
    "guarantee_no": "G-1",
    "guarantee_e5": 10**10,
    "guarantee_currency": "KZT",
    "seals": "CN0001; CN0002",
    "seal_method": "01",
    "purposes": "01; 02",
    "checkpoint": "39802-1",
    "checkpoint_name": "Нұр жолы",
    "entry_station": "70880",
    "entry_purpose": "1",
    "road_permit": "P-0001",
    "vehicle_gross_mg": 40_000 * 10**6,
    "repeats": "KZ/2026-06-30/123456789",
}

ALBUM = """<?xml version="1.0" encoding="{encoding}"?>
<p:ESADout_CU DocumentModeID="1006107E"
 xmlns:p="urn:customs.ru:Information:CustomsDocuments:ESADout_CU:5.23.0"
 xmlns:c="urn:customs.ru:CommonAggregateTypes:5.22.0"
 xmlns:r="urn:customs.ru:RUSCommonAggregateTypes:5.22.0"
 xmlns:s="urn:customs.ru:CUESADCommonAggregateTypesCust:5.22.0"
 xmlns:d="urn:customs.ru:RUDeclCommonAggregateTypesCust:5.23.0">
<c:DocumentID>4CDE1CFD-EDED-46B1-946C-B8022E42FC94</c:DocumentID>
<p:EECEDocHeaderAddInfo><r:EDocCode>R.055</r:EDocCode>
 <r:EDocDateTime>2026-07-01T10:30:00.5+05:00</r:EDocDateTime></p:EECEDocHeaderAddInfo>
<p:CustomsProcedure>ИМ</p:CustomsProcedure><p:CustomsModeCode>40</p:CustomsModeCode>
<p:ElectronicDocumentSign>ЭД</p:ElectronicDocumentSign>
<p:RecipientCountryCode>KZ</p:RecipientCountryCode><p:RegNumberDoc>D-77</p:RegNumberDoc>
<p:ESADout_CUGoodsShipment>
 <s:TotalGoodsNumber>1</s:TotalGoodsNumber><s:TotalPackageNumber>40</s:TotalPackageNumber>
 <s:TotalCustCost>6000000.00</s:TotalCustCost><s:CustCostCurrencyCode>KZT</s:CustCostCurrencyCode>
 <p:ESADout_CUConsignor><c:OrganizationName>Bo Trading</c:OrganizationName>
  <r:CountryA2Code>CN</r:CountryA2Code></p:ESADout_CUConsignor>
 <p:ESADout_CUConsignee><r:CountryA2Code>KZ</r:CountryA2Code>
  <d:EqualIndicator>true</d:EqualIndicator></p:ESADout_CUConsignee>
 <p:ESADout_CUDeclarant><c:OrganizationName>ТОО «Айгерім»</c:OrganizationName>
  <c:RKOrganizationFeatures><c:BIN>180140000018</c:BIN></c:RKOrganizationFeatures>
 </p:ESADout_CUDeclarant>
 <p:ESADout_CUGoodsLocation><p:CustomsOffice>39801</p:CustomsOffice>
  <p:CustomsCountryCode>KZ</p:CustomsCountryCode></p:ESADout_CUGoodsLocation>
 <p:ESADout_CUConsigment><s:ContainerIndicator>0</s:ContainerIndicator>
  <s:DispatchCountryCode>CN</s:DispatchCountryCode>
  <s:DestinationCountryCode>KZ</s:DestinationCountryCode>
  <s:BorderCustomsOffice><c:Code>39802</c:Code></s:BorderCustomsOffice>
  <p:ESADout_CUBorderTransport><c:TransportModeCode>30</c:TransportModeCode>
   <p:RUTransportMeans><c:TransportIdentifier>000AAA00</c:TransportIdentifier>
   </p:RUTransportMeans>
   <p:RUTransportMeans><c:TransportIdentifier>00AAA00</c:TransportIdentifier>
   </p:RUTransportMeans></p:ESADout_CUBorderTransport></p:ESADout_CUConsigment>
 <p:ESADout_CUMainContractTerms><s:ContractCurrencyCode>USD</s:ContractCurrencyCode>
  <s:TotalInvoiceAmount>12500.00</s:TotalInvoiceAmount>
  <s:TradeCountryCode>CN</s:TradeCountryCode>
  <s:CUESADDeliveryTerms><c:DeliveryPlace>Yiwu</c:DeliveryPlace>
   <c:DeliveryTermsStringCode>FCA</c:DeliveryTermsStringCode></s:CUESADDeliveryTerms>
 </p:ESADout_CUMainContractTerms>
 <p:ESADout_CUGoods><s:GoodsNumeric>1</s:GoodsNumeric>
  <s:GoodsDescription>брюки мужские</s:GoodsDescription>
  <s:GoodsDescription>из денима</s:GoodsDescription>
  <s:GrossWeightQuantity>1250.5</s:GrossWeightQuantity>
  <s:NetWeightQuantity>1100</s:NetWeightQuantity>
  <s:InvoicedCost>12500.00</s:InvoicedCost><s:InvoicedCurrencyCode>USD</s:InvoicedCurrencyCode>
  <s:CustomsCost>6000000.00</s:CustomsCost><s:StatisticalCost>12500.00</s:StatisticalCost>
  <s:GoodsTNVEDCode>6203423100</s:GoodsTNVEDCode><s:OriginCountryCode>CN</s:OriginCountryCode>
  <s:CustomsCostCorrectMethod>1</s:CustomsCostCorrectMethod>
  <s:GoodsGroupDescription><s:GoodsDescription>брюки</s:GoodsDescription>
   <s:GoodsGroupInformation><s:Manufacturer>Yiwu Garments</s:Manufacturer>
    <s:TradeMark>EXAMPLE</s:TradeMark></s:GoodsGroupInformation></s:GoodsGroupDescription>
  <s:Preferencii><s:CustomsTax>ОО</s:CustomsTax><s:CustomsDuty>ОО</s:CustomsDuty>
   <s:Excise>-</s:Excise><s:Rate>ОО</s:Rate></s:Preferencii>
  <p:ESADout_CUPresentedDocument><c:PrDocumentName>CMR</c:PrDocumentName>
   <c:PrDocumentNumber>CMR-9</c:PrDocumentNumber>
   <s:PresentedDocumentModeCode>02015</s:PresentedDocumentModeCode>
  </p:ESADout_CUPresentedDocument>
  <p:ESADout_CUPresentedDocument><c:PrDocumentNumber>K-9; 2026</c:PrDocumentNumber>
   <s:PresentedDocumentModeCode>03011</s:PresentedDocumentModeCode>
  </p:ESADout_CUPresentedDocument>
  <p:ESADout_CUCustomsPaymentCalculation><s:PaymentModeCode>2010</s:PaymentModeCode>
   <s:PaymentAmount>600000.00</s:PaymentAmount><s:PaymentCurrencyCode>398</s:PaymentCurrencyCode>
   <s:TaxBase>6000000.00</s:TaxBase><s:TaxBaseCurrencyCode>398</s:TaxBaseCurrencyCode>
   <s:Rate>10</s:Rate><s:RateTypeCode>%</s:RateTypeCode>
   <s:RateUseDate>2026-07-01</s:RateUseDate><s:PaymentCode>ИУ</s:PaymentCode>
  </p:ESADout_CUCustomsPaymentCalculation>
  <p:SupplementaryGoodsQuantity><c:GoodsQuantity>2000</c:GoodsQuantity>
   <c:MeasureUnitQualifierCode>796</c:MeasureUnitQualifierCode></p:SupplementaryGoodsQuantity>
  <p:ESADCustomsProcedure><s:MainCustomsModeCode>40</s:MainCustomsModeCode>
   <s:PrecedingCustomsModeCode>00</s:PrecedingCustomsModeCode>
   <s:GoodsTransferFeature>000</s:GoodsTransferFeature></p:ESADCustomsProcedure>
 </p:ESADout_CUGoods>
 <p:ESADout_CUPayments><p:ESADout_CUCustomsPayment><s:PaymentModeCode>2010</s:PaymentModeCode>
  <s:PaymentAmount>600000.00</s:PaymentAmount><s:PaymentCurrencyCode>398</s:PaymentCurrencyCode>
 </p:ESADout_CUCustomsPayment></p:ESADout_CUPayments>
</p:ESADout_CUGoodsShipment>
</p:ESADout_CU>
"""


def album(encoding: str = "UTF-8") -> bytes:
    """The document of the album in an encoding that it names."""
    return ALBUM.format(encoding=encoding).encode(encoding, "xmlcharrefreplace")
