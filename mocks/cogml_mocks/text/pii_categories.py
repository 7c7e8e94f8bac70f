"""A request may put these names in ``piiCategories``; the service's API file spells them so."""

ALL = "All"
DEFAULT = "Default"
NAMES = frozenset(
    (
        "ABARoutingNumber", "ARNationalIdentityNumber", "ATIdentityCard",
        "ATTaxIdentificationNumber", "ATValueAddedTaxNumber", "AUBankAccountNumber",
        "AUBusinessNumber", "AUCompanyNumber", "AUDriversLicenseNumber", "AUMedicalAccountNumber",
        "AUPassportNumber", "AUTaxFileNumber", "Address", "Age", "AzureDocumentDBAuthKey",
        "AzureIAASDatabaseConnectionAndSQLString", "AzureIoTConnectionString",
        "AzurePublishSettingPassword", "AzureRedisCacheString", "AzureSAS", "AzureServiceBusString",
        "AzureStorageAccountGeneric", "AzureStorageAccountKey", "BENationalNumber",
        "BENationalNumberV2", "BEValueAddedTaxNumber", "BGUniformCivilNumber", "BRCPFNumber",
        "BRLegalEntityNumber", "BRNationalIDRG", "CABankAccountNumber", "CADriversLicenseNumber",
        "CAHealthServiceNumber", "CAPassportNumber", "CAPersonalHealthIdentification",
        "CASocialInsuranceNumber", "CHSocialSecurityNumber", "CLIdentityCardNumber",
        "CNResidentIdentityCardNumber", "CYIdentityCard", "CYTaxIdentificationNumber",
        "CZPersonalIdentityNumber", "CZPersonalIdentityV2", "CreditCardNumber",
        "DEDriversLicenseNumber", "DEIdentityCardNumber", "DEPassportNumber",
        "DETaxIdentificationNumber", "DEValueAddedNumber", "DKPersonalIdentificationNumber",
        "DKPersonalIdentificationV2", "Date", "DrugEnforcementAgencyNumber",
        "EEPersonalIdentificationCode", "ESDNI", "ESSocialSecurityNumber",
        "ESTaxIdentificationNumber", "EUDebitCardNumber", "EUDriversLicenseNumber",
        "EUGPSCoordinates", "EUNationalIdentificationNumber", "EUPassportNumber",
        "EUSocialSecurityNumber", "EUTaxIdentificationNumber", "Email", "FIEuropeanHealthNumber",
        "FINationalID", "FINationalIDV2", "FIPassportNumber", "FRDriversLicenseNumber",
        "FRHealthInsuranceNumber", "FRNationalID", "FRPassportNumber", "FRSocialSecurityNumber",
        "FRTaxIdentificationNumber", "FRValueAddedTaxNumber", "GRNationalIDCard", "GRNationalIDV2",
        "GRTaxIdentificationNumber", "HKIdentityCardNumber", "HRIdentityCardNumber",
        "HRNationalIDNumber", "HRPersonalIdentificationNumber",
        "HRPersonalIdentificationOIBNumberV2", "HUPersonalIdentificationNumber",
        "HUTaxIdentificationNumber", "HUValueAddedNumber", "IDIdentityCardNumber",
        "IEPersonalPublicServiceNumber", "IEPersonalPublicServiceNumberV2", "ILBankAccountNumber",
        "ILNationalID", "INPermanentAccount", "INUniqueIdentificationNumber", "IPAddress",
        "ITDriversLicenseNumber", "ITFiscalCode", "ITValueAddedTaxNumber",
        "InternationalBankingAccountNumber", "JPBankAccountNumber", "JPDriversLicenseNumber",
        "JPMyNumberCorporate", "JPMyNumberPersonal", "JPPassportNumber", "JPResidenceCardNumber",
        "JPResidentRegistrationNumber", "JPSocialInsuranceNumber", "KRResidentRegistrationNumber",
        "LTPersonalCode", "LUNationalIdentificationNumberNatural",
        "LUNationalIdentificationNumberNonNatural", "LVPersonalCode", "MTIdentityCardNumber",
        "MTTaxIDNumber", "MYIdentityCardNumber", "NLCitizensServiceNumber",
        "NLCitizensServiceNumberV2", "NLTaxIdentificationNumber", "NLValueAddedTaxNumber",
        "NOIdentityNumber", "NZBankAccountNumber", "NZDriversLicenseNumber",
        "NZInlandRevenueNumber", "NZMinistryOfHealthNumber", "NZSocialWelfareNumber",
        "Organization", "PHUnifiedMultiPurposeIDNumber", "PLIdentityCard", "PLNationalID",
        "PLNationalIDV2", "PLPassportNumber", "PLREGONNumber", "PLTaxIdentificationNumber",
        "PTCitizenCardNumber", "PTCitizenCardNumberV2", "PTTaxIdentificationNumber", "Person",
        "PhoneNumber", "ROPersonalNumericalCode", "RUPassportNumberDomestic",
        "RUPassportNumberInternational", "SANationalID", "SENationalID", "SENationalIDV2",
        "SEPassportNumber", "SETaxIdentificationNumber", "SGNationalRegistrationIdentityCardNumber",
        "SITaxIdentificationNumber", "SIUniqueMasterCitizenNumber", "SKPersonalNumber",
        "SQLServerConnectionString", "SWIFTCode", "THPopulationIdentificationCode",
        "TRNationalIdentificationNumber", "TWNationalID", "TWPassportNumber",
        "TWResidentCertificate", "UAPassportNumberDomestic", "UAPassportNumberInternational",
        "UKDriversLicenseNumber", "UKElectoralRollNumber", "UKNationalHealthNumber",
        "UKNationalInsuranceNumber", "UKUniqueTaxpayerNumber", "URL", "USBankAccountNumber",
        "USDriversLicenseNumber", "USIndividualTaxpayerIdentification", "USSocialSecurityNumber",
        "USUKPassportNumber", "ZAIdentificationNumber",
    )
)  # fmt: skip
# What ``domain=phi`` leaves: the identifiers of a person's health record, not those of payments.
HEALTH = frozenset(
    (
        "Person", "PhoneNumber", "Organization", "Address", "Email", "URL", "IPAddress", "Date",
        "DateTime", "DateRange", "Age", "USSocialSecurityNumber",
    )
)  # fmt: skip
# Found too, as recorded answers of models up to 2021-01-15 show; no request may name it.
UNNAMED = frozenset(("DateRange",))
